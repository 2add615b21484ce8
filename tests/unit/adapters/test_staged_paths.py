"""A load shows the files that it staged itself, and opens no others, whatever its package says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import StagedFilesGone
from floe_ingestion_dlt.domain.load import Load, StagedFile, TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import UPSERT, MergeRows
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import rows_of, staged

ORDERS = TableName(("bronze",), "orders")
CUSTOMERS = TableName(("bronze",), "customers")
ROWS = pa.table({"id": pa.array([1], pa.int64())})


def outside(lab: IcebergLab, _staged: StagedFile) -> str:
    """A file of the same columns in no table."""
    pq.write_table(ROWS, lab.folder / "floe-1-x.parquet")
    return (lab.folder / "floe-1-x.parquet").as_uri()


def of_another_table(lab: IcebergLab, _staged: StagedFile) -> str:
    return staged(lab, CUSTOMERS, ROWS, "1").path


def of_another_load(lab: IcebergLab, _staged: StagedFile) -> str:
    return staged(lab, ORDERS, ROWS, "2").path


def by_climbing(lab: IcebergLab, mine: StagedFile) -> str:
    name = of_another_table(lab, mine).rpartition("/")[2]
    return f"{mine.path.rpartition('/')[0]}/../../customers/data/{name}"


@pytest.mark.parametrize("other", [outside, of_another_table, of_another_load, by_climbing])
@pytest.mark.parametrize(
    "mode",
    [Append(), Replace(), MergeRows(UPSERT, ("id",))],
    ids=lambda mode: type(mode).__name__,
)
def test_a_file_that_is_not_of_the_load_is_neither_read_nor_shown_nor_deleted(
    tmp_path: Path, other: Callable[[IcebergLab, StagedFile], str], mode: TableMode
) -> None:
    lab = IcebergLab(tmp_path)
    mine = staged(lab, ORDERS, ROWS, "1")
    path = other(lab, mine)
    before = lab.data_files()
    load = Load("1", (TableWrite(ORDERS, mode, (mine, replace(mine, path=path))),))
    fault = commit_once(load, lab.destination).failure()
    assert isinstance(fault, StagedFilesGone)
    assert f"{path} is no file that load 1 wrote below " in fault.message
    assert [] == rows_of(lab, ORDERS)
    assert before == lab.data_files()


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"write.data.path": "elsewhere/"},
        {"write.object-storage.enabled": "true"},
        {"write.object-storage.enabled": "true", "write.object-storage.partitioned-paths": "false"},
    ],
    ids=" ".join,
)
def test_a_file_of_the_load_is_shown_wherever_the_tables_owner_wants_files(
    tmp_path: Path, properties: dict[str, str]
) -> None:
    lab = IcebergLab(tmp_path)
    lab.destination.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG),))).unwrap()
    place = {
        key: value.replace("elsewhere", (tmp_path / "a b").as_uri()) for key, value in properties.items()
    }
    with lab.catalog.load_table(str(ORDERS)).transaction() as change:
        change.set_properties(place)
    load = Load("1", (TableWrite(ORDERS, Append(), (staged(lab, ORDERS, ROWS, "1"),)),))
    commit_once(load, lab.destination).unwrap()
    assert [{"id": 1}] == rows_of(lab, ORDERS)
