"""Tables for dlt, as large as a row group."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.engine.buffers import GROUP_ROWS, MOST_TABLES, Item, grouped

SIZE = 64 << 20
KINDS: tuple[Any, ...] = (pa.int64(), pa.string())
ITEMS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 3)).map(lambda item: pa.nulls(item[1], item[0]))
    | st.integers(0, 2).map(lambda count: [{"a": number} for number in range(count)]),
    max_size=8,
)


def items_of(drawn: Sequence[object]) -> list[Item]:
    return [pa.table({"a": item}) if isinstance(item, pa.Array) else item for item in drawn]  # type: ignore[misc]


def rows_of(items: Sequence[Item]) -> list[tuple[str, object]]:
    """Each row in its order, with the type of its column."""
    found: list[tuple[str, object]] = []
    for item in items:
        if isinstance(item, pa.Table):
            found += ((str(item.schema), row["a"]) for row in item.to_pylist())
        else:
            found += (("", row) for row in item)
    return found


@given(ITEMS)
def test_no_row_is_lost_and_none_changes_its_place_or_type(drawn: list[object]) -> None:
    given_items = items_of(drawn)
    made = list(grouped(given_items, SIZE))
    assert rows_of(given_items) == rows_of(made)
    kinds = [item.schema if isinstance(item, pa.Table) else None for item in made]
    # what could be one table is one
    assert all(one is None or one != two for one, two in pairwise(kinds))


def test_tables_without_rows_still_bring_their_columns() -> None:
    (table,) = grouped([pa.table({"a": pa.nulls(0, pa.int64())})] * 3, SIZE)
    assert isinstance(table, pa.Table)
    assert ["a"] == table.column_names


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (pa.table({"a": pa.nulls(GROUP_ROWS // 4)}), 4),
        # an array of one text has two offsets of four bytes
        (pa.table({"a": ["x" * (SIZE // 4 - 8)]}), 4),
        (pa.table({"a": [1]}), MOST_TABLES),
    ],
    ids=["rows", "bytes", "tables"],
)
def test_a_table_is_closed_when_it_is_large_enough(table: pa.Table, expected: int) -> None:
    sizes = [len(item) for item in grouped([table] * (2 * expected + 1), SIZE)]
    assert [expected * len(table), expected * len(table), len(table)] == sizes


def test_a_large_table_does_not_join_those_that_are_nearly_large_enough() -> None:
    table = pa.table({"a": ["x" * (SIZE * 2 // 5)]})
    assert [2, 2, 1] == [len(item) for item in grouped([table] * 5, SIZE)]


def test_metadata_of_columns_keeps_tables_apart() -> None:
    plain = pa.table({"a": [1]})
    noted = plain.cast(pa.schema([pa.field("a", pa.int64(), metadata={"k": "v"})]))
    assert 2 == len(list(grouped([plain, noted], SIZE)))
