"""Names of columns keep the letters of every script, and are dlt's where those are ASCII."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt_api.internals import SnakeCase
from floe_ingestion_dlt.domain.column_names import RESERVED, ColumnNames, NameStyle, snake_case, unreserved

identifiers = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1).filter(str.strip)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip))
def test_ascii_names_are_those_of_dlt(name: str) -> None:
    assert SnakeCase().normalize_identifier(name.strip()) == snake_case(name.strip())


@given(identifiers)
def test_a_name_that_was_made_is_not_changed_again(name: str) -> None:
    naming = NamingConvention()
    made = naming.normalize_identifier(name)
    assert made == naming.normalize_identifier(made)


@given(identifiers)
def test_no_letter_and_no_digit_is_lost(name: str) -> None:
    def letters(text: str) -> str:
        lower = unicodedata.normalize("NFC", text).lower()
        return "".join(char for char in lower if unicodedata.category(char)[0] in "LMN")

    made = snake_case(name.strip())
    spelled = name.strip().translate(str.maketrans("+*@|", "xxal"))
    assert letters(made).rstrip("x") == letters(spelled).rstrip("x")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("имя", "имя"),
        ("ИмяПользователя", "имя_пользователя"),
        ("日付", "日付"),
        ("größe (cm)", "größe_cmx"),
        ("Größe", "größe"),
        ("हिन्दी", "हिन्दी"),
        ("1ère", "_1ère"),
        ("cafe\u0301", "café"),
        ("é__b", "é_b"),
        ("_größe", "_größe"),
        ("_file", "source_file"),
        ("_Deleted", "source_deleted"),
        ("_dlt_id", "_dlt_id"),
        ("file", "file"),
    ],
)
def test_names_are_lower_case_with_underscores(name: str, expected: str) -> None:
    assert expected == NamingConvention().normalize_identifier(name)


def test_no_column_has_a_name_that_iceberg_keeps_for_itself() -> None:
    assert not [name for name in RESERVED if NamingConvention().normalize_identifier(name) in RESERVED]


class TestColumnsOfATable:
    @given(st.lists(identifiers), identifiers, st.sampled_from(NameStyle))
    def test_the_column_of_a_name_is_its_own_column(
        self, columns: list[str], name: str, style: NameStyle
    ) -> None:
        names = ColumnNames.of(columns, style)
        column = names.in_table(name)
        assert column == names.in_table(column)

    @given(st.lists(identifiers, min_size=1), st.data())
    def test_each_column_is_found_by_its_name(self, columns: list[str], data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(columns))
        assert name == ColumnNames.of(columns).in_table(name)

    @given(identifiers, st.sampled_from([str.upper, str.lower, str.title]))
    def test_a_column_is_found_without_regard_to_case(self, column: str, spell: Callable[[str], str]) -> None:
        spelled = spell(column)
        if spelled.lower() == column.lower():
            assert column == ColumnNames.of([column]).in_table(spelled)

    @given(st.lists(identifiers.map(snake_case)), identifiers)
    def test_where_all_columns_are_in_snake_case_so_is_each_name(self, columns: list[str], name: str) -> None:
        names = ColumnNames.of(columns)
        assert names.is_plain
        assert names.in_table(snake_case(name)) == snake_case(name)

    @given(identifiers)
    def test_new_columns_have_names_of_the_style(self, name: str) -> None:
        assert snake_case(name) == ColumnNames.of().in_table(name)
        as_is = ColumnNames.of(style=NameStyle.AS_IS).in_table(name)
        assert as_is == unreserved(name.replace(".", "_"))

    def test_an_exact_name_goes_before_one_in_another_case(self) -> None:
        names = ColumnNames.of(["OrderDate", "order_date", "orderdate"])
        assert ["OrderDate", "order_date", "orderdate", "order_date"] == [
            names.in_table(name) for name in ("OrderDate", "order_date", "orderdate", "Order Date")
        ]
