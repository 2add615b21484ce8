"""Every destination merges just as the domain says, whatever rows meet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.merge import (
    UPSERT,
    ByVersion,
    MergeNested,
    MergeRows,
    MergeVersions,
    ReplaceWindow,
    RootRows,
    merged,
    merged_nested,
    replaced,
    versioned,
)
from floe_ingestion_dlt.domain.merge.strategy import MissingVersion
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.testing import IcebergLab, MemoryLab
from floe_ingestion_dlt.testing.lab import append, rows_of, staged
from tests.unit.domain.merge_rows import ORDERS, by_any_strategy, inserting, keyed, merges, rows, strays

Row = dict[str, Any]
LINES = TableName(("bronze",), "orders__lines")
COLUMNS: dict[str, pa.DataType] = {
    "a": pa.int64(),
    "b": pa.int64(),
    "day": pa.int64(),
    "at": pa.int64(),
    "gone": pa.bool_(),
    "n": pa.string(),
}
PRICES: dict[str, pa.DataType] = {"id": pa.int64(), "price": pa.string(), "gone": pa.bool_()}
VERSIONS = TableSchema(
    (
        Column("id", Scalar.LONG),
        Column("price", Scalar.STRING),
        Column("gone", Scalar.BOOLEAN),
        Column("since", Scalar.TIMESTAMPTZ),
        Column("until", Scalar.TIMESTAMPTZ),
    )
)
prices = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(0, 3),
            "price": st.none() | st.sampled_from("abc"),
            "gone": st.none() | st.booleans(),
        }
    ),
    max_size=4,
)
by_version = st.builds(
    MergeVersions,
    st.builds(ByVersion, st.just("any"), st.just(""), st.just(""), st.sampled_from(MissingVersion)),
    st.just(("id", "price")),
    st.just("since"),
    st.just("until"),
    st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    key=st.sampled_from([(), ("id",)]),
    scope=st.sampled_from([(), ("id",), ("price",)]),
    hard_delete=st.sampled_from([None, "gone"]),
)


# A merge without a key reads no column of the load.
UNKEYED: Final[Row] = {"a": 0, "b": 0, "day": None, "at": None, "gone": None, "n": "second0"}


@pytest.mark.parametrize("lab_type", [MemoryLab, IcebergLab], ids=["memory", "sql-catalog"])
@given(old=rows("old"), first=rows("first"), second=rows("second"), how=merges | by_any_strategy)
@settings(max_examples=40, deadline=None)
@example(old=[], first=[], second=[UNKEYED], how=MergeRows(UPSERT, ()))
def test_rows_after_a_merge_are_those_that_the_domain_says(
    lab_type: type[MemoryLab | IcebergLab],
    old: list[Row],
    first: list[Row],
    second: list[Row],
    how: MergeRows,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_type(Path(folder))
        commit_once(append(lab, ORDERS, table(old), "1"), lab.destination).unwrap()
        files = tuple(staged(lab, ORDERS, table(part), "2") for part in (first, second))
        (receipt,) = commit_once(Load("2", (TableWrite(ORDERS, how, files),)), lab.destination).unwrap()
        expected = merged(ORDERS, old, [*first, *second], how).unwrap()
        assert by_name(expected.rows) == by_name(rows_of(lab, ORDERS))
        assert expected.applied == receipt.rows


@pytest.mark.parametrize("lab_type", [MemoryLab, IcebergLab], ids=["memory", "sql-catalog"])
@given(
    roots=st.tuples(rows("old"), rows("new")),
    nested=st.tuples(strays, strays),
    how=(keyed | by_any_strategy).filter(lambda how: how.row_id is not None) | inserting,
    follows=st.sampled_from([MergeNested(ORDERS, "root"), MergeNested(ORDERS, "root", "own")]),
)
@settings(max_examples=40, deadline=None)
def test_nested_rows_after_a_merge_are_those_that_the_domain_says(
    lab_type: type[MemoryLab | IcebergLab],
    roots: tuple[list[Row], list[Row]],
    nested: tuple[list[Row], list[Row]],
    how: MergeRows,
    follows: MergeNested,
) -> None:
    (old, new), (before, sent) = roots, nested
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_type(Path(folder))
        commit_once(append(lab, ORDERS, table(old), "1"), lab.destination).unwrap()
        commit_once(append(lab, LINES, lines(before), "1"), lab.destination).unwrap()
        writes = (
            TableWrite(ORDERS, how, (staged(lab, ORDERS, table(new), "2"),)),
            TableWrite(LINES, follows, (staged(lab, LINES, lines(sent), "2"),)),
        )
        commit_once(Load("2", writes), lab.destination).unwrap()
        root = RootRows.of(merged(ORDERS, old, new, how).unwrap(), "n")
        expected = merged_nested(before, sent, follows, root)
        assert sorted(map(str, expected.rows)) == sorted(map(str, rows_of(lab, LINES)))


@pytest.mark.parametrize("lab_type", [MemoryLab, IcebergLab], ids=["memory", "sql-catalog"])
@given(history=st.lists(prices, min_size=1, max_size=3), how=by_version)
@settings(max_examples=40, deadline=None)
def test_versions_after_loads_are_those_that_the_domain_says(
    lab_type: type[MemoryLab | IcebergLab], history: list[list[Row]], how: MergeVersions
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_type(Path(folder))
        lab.destination.evolve(ORDERS, VERSIONS).unwrap()
        expected: tuple[Mapping[str, Any], ...] = ()
        for day, sent in enumerate(history, start=1):
            now = replace(how, at=datetime(2026, 1, day, tzinfo=UTC))
            brought = [row | {"since": None, "until": None} for row in sent]
            expected = versioned(ORDERS, expected, brought, now).unwrap().rows
            file = staged(lab, ORDERS, pa.Table.from_pylist(sent, schema=pa.schema(PRICES)), str(day))
            commit_once(Load(str(day), (TableWrite(ORDERS, now, (file,)),)), lab.destination).unwrap()
            assert days(expected) == days(rows_of(lab, ORDERS))


@pytest.mark.parametrize("lab_type", [MemoryLab, IcebergLab], ids=["memory", "sql-catalog"])
@given(
    roots=st.tuples(rows("old"), rows("old"), rows("new")),
    nested=st.tuples(strays, strays),
    start=st.integers(0, 4),
    length=st.integers(1, 3),
)
@settings(max_examples=40, deadline=None)
def test_rows_after_a_window_are_those_that_the_domain_says(
    lab_type: type[MemoryLab | IcebergLab],
    roots: tuple[list[Row], list[Row], list[Row]],
    nested: tuple[list[Row], list[Row]],
    start: int,
    length: int,
) -> None:
    (one, two, new), (before, sent) = roots, nested
    how = ReplaceWindow(Window("at", start, start + length), "n")
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_type(Path(folder))
        two = [row | {"n": f"{row['n']}-2"} for row in two]
        for number, part in enumerate([one, two]):
            commit_once(append(lab, ORDERS, table(part), str(number)), lab.destination).unwrap()
        commit_once(append(lab, LINES, lines(before), "2"), lab.destination).unwrap()
        writes = (
            TableWrite(ORDERS, how, (staged(lab, ORDERS, table(new), "3"),)),
            TableWrite(LINES, MergeNested(ORDERS, "root"), (staged(lab, LINES, lines(sent), "3"),)),
        )
        receipt, _ = commit_once(Load("3", writes), lab.destination).unwrap()
        has = lab.destination.describe(ORDERS).unwrap()
        assert has is not None
        limits = how.limits_in(ORDERS, has.schema, "3").unwrap()
        root = replaced(ORDERS, [*one, *two], new, how, limits).unwrap()
        assert by_name(root.rows) == by_name(rows_of(lab, ORDERS))
        assert root.applied == receipt.rows
        expected = merged_nested(before, sent, MergeNested(ORDERS, "root"), RootRows.of(root, "n"))
        assert sorted(map(str, expected.rows)) == sorted(map(str, rows_of(lab, LINES)))


def days(versions: Iterable[Mapping[str, Any]]) -> list[str]:
    """The versions, each with the days on which it began and ended."""
    moments = ("since", "until")
    shown = (row | {name: row[name] and row[name].day for name in moments} for row in map(dict, versions))
    return sorted(str(sorted(row.items())) for row in shown)


def lines(found: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(found, schema=pa.schema({"root": pa.string(), "own": pa.string()}))


def table(found: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(found, schema=pa.schema(COLUMNS))


def by_name(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(found, key=lambda row: str(row["n"]))
