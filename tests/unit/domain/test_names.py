from __future__ import annotations

from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.domain.names import (
    MAX_PIPELINE_NAME_BYTES,
    WANTED,
    TableName,
    is_plain_name,
    pipeline_name,
    table_of_pipeline,
)
from tests.unit.domain.strategies import ascii_parts, parts, tables, words

# Spellings that are one and the same where case does not count.
SPELLINGS = (
    ("a", "A"),
    ("ä", "Ä"),
    ("s", "S", "\u017f"),
    ("ss", "SS", "ß", "ẞ"),
    ("k", "K", "\u212a"),
    ("\u03c3", "\u03c2", "\u03a3"),
    ("ǆ", "ǅ", "Ǆ"),
    ("ff", "FF", "\ufb00"),
)


def _spelt(choices: list[tuple[str, ...]]) -> st.SearchStrategy[TableName]:
    return st.tuples(*map(st.sampled_from, choices)).map(lambda found: TableName(("n",), "".join(found)))


twins = st.lists(st.sampled_from(SPELLINGS), min_size=1, max_size=3).flatmap(
    lambda choices: st.tuples(_spelt(choices), _spelt(choices))
)


class TestTableName:
    @given(tables)
    def test_a_name_survives_writing_and_reading(self, table: TableName) -> None:
        assert Success(table) == TableName.parse(str(table))

    @given(tables, parts)
    def test_a_sibling_shares_the_namespace_only(self, table: TableName, name: str) -> None:
        assert TableName(table.namespace, name) == table.sibling(name)

    @given(ascii_parts, words)
    def test_a_name_without_a_namespace_is_refused(self, name: str, field: str) -> None:
        assert Failure(Invalid(field, name, WANTED)) == TableName.parse(name, field)

    @given(
        table=tables,
        bad=st.sampled_from(
            ["", " ", "-", "-a", "a-", "a b", "a/b", "a^b", "a'b", "a\n", "a\0", "é" + "\u0301"]
        ),
        first=st.booleans(),
    )
    def test_a_bad_part_anywhere_is_refused(self, table: TableName, bad: str, *, first: bool) -> None:
        text = f"{bad}.{table}" if first else f"{table}.{bad}"
        assert Failure(Invalid("destination_table", text, WANTED)) == TableName.parse(text)

    @given(st.text())
    def test_any_text_is_a_table_or_an_invalid_that_names_the_field(self, text: str) -> None:
        read = TableName.parse(text, "the_field")
        if isinstance(read, Success):
            assert text == str(read.unwrap())
        else:
            invalid = read.failure()
            assert ("the_field", text, Category.CONFIGURATION) == (
                invalid.field,
                invalid.given,
                invalid.category,
            )

    @given(st.integers(1, 260), st.sampled_from(["a", "A", "ä", "Ä", "a-a"]))
    def test_a_name_is_taken_if_its_pipeline_fits_in_a_folders_name(self, length: int, char: str) -> None:
        table = TableName(("n",), char * length)
        fits = len(pipeline_name(table).encode()) <= MAX_PIPELINE_NAME_BYTES
        assert fits == isinstance(TableName.parse(str(table)), Success)

    def test_the_longest_name_is_taken_and_one_byte_more_is_not(self) -> None:
        longest = TableName(("n",), "a" * (MAX_PIPELINE_NAME_BYTES - len("n-")))
        assert Success(longest) == TableName.parse(str(longest))
        assert isinstance(TableName.parse(f"{longest}a"), Failure)

    def test_a_name_that_is_too_long_is_told_how_long_it_may_be(self) -> None:
        wanted = f"a name of at most {MAX_PIPELINE_NAME_BYTES} bytes"
        text = f"n.{'a' * MAX_PIPELINE_NAME_BYTES}"
        assert Failure(Invalid("destination_table", text, wanted)) == TableName.parse(text)


class TestPipelineName:
    @given(tables | twins.map(itemgetter(0)))
    def test_it_leads_back_to_its_table(self, table: TableName) -> None:
        assert table == table_of_pipeline(pipeline_name(table))

    @given(st.lists(tables, unique=True, max_size=5) | twins.map(set).map(list))
    def test_no_two_tables_share_one(self, found: list[TableName]) -> None:
        assert len(found) == len({pipeline_name(table) for table in found})

    @given(st.lists(tables, unique=True, max_size=5) | twins.map(set).map(list))
    def test_no_two_tables_share_one_where_case_does_not_count(self, found: list[TableName]) -> None:
        assert len(found) == len({pipeline_name(table).casefold() for table in found})

    @given(ascii_parts, ascii_parts, ascii_parts, st.sampled_from(["_", "-", "--"]))
    def test_where_the_dot_stands_tells_tables_apart(self, a: str, b: str, c: str, glue: str) -> None:
        one, other = TableName((a + glue + b,), c), TableName((a,), b + glue + c)
        assert pipeline_name(one) != pipeline_name(other)

    @given(tables)
    def test_it_can_be_one_folder(self, table: TableName) -> None:
        name = pipeline_name(table)
        assert not set(name) & set("/\\.:*?\"<>| '")

    def test_it_stays_readable(self) -> None:
        assert "lake-raw_data-^orders--2024" == pipeline_name(TableName(("lake", "raw_data"), "Orders-2024"))


class TestIsPlainName:
    @given(st.text(max_size=4), st.text(max_size=4))
    def test_what_has_a_dot_or_nothing_in_it_is_not_plain(self, left: str, right: str) -> None:
        assert [False, False] == [is_plain_name(f"{left}.{right}"), is_plain_name("")]
