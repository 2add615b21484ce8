"""Every destination merges just as the domain says, whatever rows meet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.merge import MergeRows, merged
from floe_ingestion_dlt.testing import IcebergLab, MemoryLab
from floe_ingestion_dlt.testing.lab import append, rows_of, staged
from tests.unit.domain.merge_rows import ORDERS, merges, rows

Row = dict[str, Any]
COLUMNS: dict[str, pa.DataType] = {
    "a": pa.int64(),
    "b": pa.int64(),
    "day": pa.int64(),
    "at": pa.int64(),
    "gone": pa.bool_(),
    "n": pa.string(),
}


@pytest.mark.parametrize("lab_type", [MemoryLab, IcebergLab], ids=["memory", "sql-catalog"])
@given(old=rows("old"), first=rows("first"), second=rows("second"), how=merges)
@settings(max_examples=40, deadline=None)
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


def table(found: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(found, schema=pa.schema(COLUMNS))


def by_name(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(found, key=lambda row: str(row["n"]))
