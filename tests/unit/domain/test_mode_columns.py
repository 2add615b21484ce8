from __future__ import annotations

from datetime import UTC, datetime

import pytest

from floe_ingestion_dlt.domain.load import TableMode
from floe_ingestion_dlt.domain.merge import (
    SCD2,
    UPSERT,
    DedupSort,
    MergeNested,
    MergeRows,
    MergeVersions,
    Order,
    ReplaceFiles,
    ReplaceWindow,
)
from floe_ingestion_dlt.domain.mode_columns import columns_of, without_columns
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append, Replace

ORDERS = TableName(("bronze",), "orders")
NEWEST = DedupSort("at", Order.DESC)
BY_KEY = MergeRows(UPSERT, ("id", "Größe"), ("day",), "gone", NEWEST, "_dlt_id")
VERSIONS = MergeVersions(
    SCD2, ("v",), "since", "until", datetime(2026, 1, 1, tzinfo=UTC), key=("id",), scope=("id", "land")
)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Append(), ()),
        (Replace(), ()),
        (MergeNested(ORDERS, "_dlt_root_id"), ("_dlt_root_id",)),
        (BY_KEY, ("id", "Größe", "day", "_dlt_id", "gone", "at")),
        (MergeRows(UPSERT, ("id",)), ("id",)),
        (ReplaceWindow(Window("at", 1, 2)), ()),
        (ReplaceWindow(Window("at", 1, 2), "_dlt_id"), ("_dlt_id",)),
        (ReplaceFiles("_floe_file", ("a",)), ("_floe_file",)),
        (ReplaceFiles("_floe_file", ("a",), "_dlt_id"), ("_floe_file", "_dlt_id")),
        (VERSIONS, ("id", "v", "since", "until", "land")),
    ],
)
def test_columns_are_those_that_the_mode_names(mode: TableMode, expected: tuple[str, ...]) -> None:
    assert expected == columns_of(mode)


def test_a_table_with_all_columns_is_written() -> None:
    schema = TableSchema(tuple(Column(name, Scalar.STRING) for name in columns_of(BY_KEY)))
    assert without_columns(ORDERS, BY_KEY, schema) is None


def test_the_columns_that_are_missing_are_named() -> None:
    refusal = without_columns(ORDERS, BY_KEY, TableSchema((Column("id", Scalar.LONG),)))
    assert refusal is not None
    assert "no column Größe, day, _dlt_id, gone, at" in refusal.message
    assert "RENAME COLUMN" in refusal.next_step
