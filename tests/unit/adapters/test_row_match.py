"""duckdb finds the known rows that the domain's rule says."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.loader.row_match import PLACE, row_match
from floe_ingestion_dlt.domain.known_rows import NESTED, known_rows

COLUMNS = ["a", "b", "note"]
values = st.none() | st.sampled_from(["", "a", 'ä"'])
rows = st.lists(st.fixed_dictionaries({"a": values, "b": values, "note": values}), max_size=6)
sent = st.sampled_from([("a", "b", "note"), ("a", "b"), ("note",)])


def found(existing: pa.Table, files: list[pa.Table], *added: str) -> list[tuple[int, ...]]:
    with row_match([file.column_names for file in files], added) as match:
        match.read_table(pa.RecordBatchReader.from_stream(existing))
        for number, file in enumerate(files):
            places = pa.array(range(len(file)), pa.int64())
            whole = file.append_column(PLACE, places).append_column(NESTED, pa.repeat("", len(file)))
            match.add_rows(number, whole)
        match.match()
        return [tuple(match.known(number)) for number in range(len(files))]


def typed(given: list[dict[str, Any]], columns: tuple[str, ...] = ("a", "b", "note")) -> pa.Table:
    schema = pa.schema([(column, pa.string()) for column in columns])
    return pa.Table.from_pylist([{c: row[c] for c in columns} for row in given], schema=schema)


@settings(max_examples=40, deadline=None)
@given(rows, rows, sent, st.sets(st.sampled_from(COLUMNS)))
def test_it_agrees_with_the_rule(
    existing: list[dict[str, Any]], incoming: list[dict[str, Any]], columns: tuple[str, ...], added: set[str]
) -> None:
    file = typed(incoming, columns)
    expected = known_rows(file.to_pylist(), existing, frozenset(added))
    assert [len(expected)] == [len(p) for p in found(typed(existing), [file], *added)]


def test_rows_are_counted_over_all_files() -> None:
    coffee = typed([{"a": "coffee", "b": None, "note": None}] * 2)
    known = found(pa.concat_tables([coffee, coffee.slice(0, 1)]), [coffee, coffee])
    assert [(0, 1), (0,)] == known


@pytest.mark.parametrize(
    "values",
    [
        pa.array([[{"x": 1}], None, []], pa.list_(pa.struct([("x", pa.int64())]))),
        pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        pa.array([Decimal("1.50"), None, Decimal("-0.01")], pa.decimal128(38, 2)),
        pa.array(
            [datetime(2024, 1, 1, tzinfo=UTC), None, datetime(1, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC")
        ),
        pa.array([float("nan"), None, -0.0]),
        pa.array([b"", None, b"\x00"]),
        pa.array([b"0123456789abcdef", None, b"0123456789abcdeg"], pa.uuid()),
    ],
    ids=lambda values: str(values.type),
)
def test_values_of_every_type_meet_themselves(values: pa.Array[Any]) -> None:
    table = pa.table({"v": values})
    assert [(0, 1, 2)] == found(table, [table])


def test_values_larger_than_its_memory_are_compared() -> None:
    size = 40_000_000
    table = pa.table({"id": [1, 2], "note": ["a" * size, "b" * size]})
    other = pa.table({"id": [1, 2], "note": ["a" * size, "b" * (size - 1) + "c"]})
    assert [(0,)] == found(table, [other])


def test_rows_of_more_columns_than_its_memory_holds_are_compared() -> None:
    table = pa.table({f"c{n}": pa.array(range(n, 40_000 + n)) for n in range(300)})
    assert 40_000 == len(found(table, [table], "c7", "c8")[0])
