from __future__ import annotations

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.load import Discarded, Load, StoredState, TableWrite, load_id_for, summed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append, Replace

few_tables = st.builds(TableName, st.just(("n",)), st.sampled_from("abc"))
writes = st.builds(TableWrite, few_tables, st.sampled_from([Append(), Replace()]), st.just(()))
discards = st.lists(st.builds(Discarded, st.sampled_from("ab*"), st.integers(0, 9)))
loads = st.builds(
    Load,
    st.text(),
    st.lists(writes, max_size=4).map(tuple),
    st.none() | st.builds(StoredState, few_tables, st.text()),
)


class TestTables:
    @given(loads)
    def test_are_those_of_the_writes_and_of_the_state(self, load: Load) -> None:
        expected = {write.table for write in load.writes} | ({load.state.table} if load.state else set())
        assert expected == set(load.tables)

    @given(loads)
    def test_are_named_once_each(self, load: Load) -> None:
        assert len(set(load.tables)) == len(load.tables)

    @given(loads)
    def test_start_with_the_one_that_is_written_first(self, load: Load) -> None:
        assert [write.table for write in load.writes][:1] == list(load.tables)[: len(load.writes[:1])]


class TestSummed:
    @given(discards)
    def test_loses_no_row(self, found: list[Discarded]) -> None:
        expected: Counter[str] = Counter()
        for entry in found:
            expected[entry.column] += entry.rows
        assert expected == Counter({entry.column: entry.rows for entry in summed(found)})

    @given(discards)
    def test_names_each_column_once_and_drops_none(self, found: list[Discarded]) -> None:
        assert list(dict.fromkeys(e.column for e in found)) == [entry.column for entry in summed(found)]

    @given(discards)
    def test_done_again_changes_nothing(self, found: list[Discarded]) -> None:
        assert summed(found) == summed(summed(found))


class TestLoadIdFor:
    keys = st.text(min_size=1).filter(str.strip)

    @given(keys, keys)
    def test_is_another_for_another_key(self, one: str, other: str) -> None:
        assert (one == other) == (load_id_for(one) == load_id_for(other))

    @given(keys)
    def test_is_a_word_for_names_of_files(self, key: str) -> None:
        assert re.fullmatch("[A-Za-z0-9._-]{1,110}", load_id_for(key).unwrap())

    @given(st.text(alphabet=" \t\n", max_size=3))
    def test_is_not_made_of_nothing(self, key: str) -> None:
        assert "idempotency_key" == load_id_for(key).failure().field

    def test_of_a_key_like_an_id_is_not_that_id(self) -> None:
        long = "x" * 500
        assert load_id_for(load_id_for(long).unwrap().removeprefix("key-")) != load_id_for(long)
