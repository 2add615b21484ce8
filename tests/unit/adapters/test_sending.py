"""Several tables on a catalog that changes them one after another: what a dead load left is taken back."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.load import Landed, Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import append, rows_of, staged

ROOT = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
PARTS = TableName(("bronze",), "orders__lines__parts")
TABLES = (ROOT, LINES, PARTS)


class PowerCutError(BaseException):
    """The process is gone, as far as the catalog is concerned."""


class Fuse:
    """Cuts the power after *tables* tables of the next load, if it is set."""

    def __init__(self) -> None:
        self.tables: int | None = None

    def __call__(self, moment: Milestone, _of: str) -> None:
        if moment is Milestone.BETWEEN_TABLES and self.tables is not None:
            self.tables -= 1
            if not self.tables:
                raise PowerCutError


@pytest.fixture
def fuse() -> Fuse:
    return Fuse()


@pytest.fixture
def lab(tmp_path: Path, fuse: Fuse) -> IcebergLab:
    return IcebergLab(tmp_path, in_turn=True, milestones=fuse)


def load_of(lab: IcebergLab, load_id: str, value: int) -> Load:
    """A load that appends one row with *value* to each table."""
    rows = pa.table({"id": [value]})
    return Load(load_id, tuple(TableWrite(t, Append(), (staged(lab, t, rows, load_id),)) for t in TABLES))


def values(lab: IcebergLab) -> list[list[int]]:
    return [[row["id"] for row in rows_of(lab, table)] for table in TABLES]


def died(lab: IcebergLab, fuse: Fuse, load: Load, tables: int) -> None:
    fuse.tables = tables
    with pytest.raises(PowerCutError):
        commit_once(load, lab.destination)
    fuse.tables = None


@pytest.mark.parametrize("tables", [1, 2])
def test_rows_of_a_dead_load_go_before_a_later_one_comes(lab: IcebergLab, fuse: Fuse, tables: int) -> None:
    commit_once(load_of(lab, "1", 1), lab.destination).unwrap()
    died(lab, fuse, load_of(lab, "2", 2), tables)
    commit_once(load_of(lab, "3", 3), lab.destination).unwrap()
    assert [[1, 3], [1, 3], [1, 3]] == values(lab)


@pytest.mark.parametrize("tables", [1, 2])
def test_the_first_rows_of_a_table_go_too(lab: IcebergLab, fuse: Fuse, tables: int) -> None:
    died(lab, fuse, load_of(lab, "1", 1), tables)
    commit_once(load_of(lab, "2", 2), lab.destination).unwrap()
    assert [[2], [2], [2]] == values(lab)


@pytest.mark.parametrize("tables", [1, 2])
def test_a_load_that_is_resumed_brings_only_what_is_missing(lab: IcebergLab, fuse: Fuse, tables: int) -> None:
    load = load_of(lab, "1", 1)
    died(lab, fuse, load, tables)
    commit_once(load, lab.destination).unwrap()
    assert [[1], [1], [1]] == values(lab)
    assert [1, 1, 1] == [lab.snapshots(table) for table in TABLES]


def test_a_load_that_dies_twice_is_still_taken_back_whole(lab: IcebergLab, fuse: Fuse) -> None:
    load = load_of(lab, "1", 1)
    died(lab, fuse, load, 1)
    died(lab, fuse, load, 1)
    commit_once(load_of(lab, "2", 2), lab.destination).unwrap()
    assert [[2], [2], [2]] == values(lab)


def test_a_load_of_the_root_alone_repairs_as_well(lab: IcebergLab, fuse: Fuse) -> None:
    commit_once(load_of(lab, "1", 1), lab.destination).unwrap()
    died(lab, fuse, load_of(lab, "2", 2), 2)
    commit_once(append(lab, ROOT, pa.table({"id": [3]}), "3"), lab.destination).unwrap()
    assert [[1, 3], [1], [1]] == values(lab)


def test_a_load_that_was_taken_back_may_come_after_all(lab: IcebergLab, fuse: Fuse) -> None:
    load = load_of(lab, "1", 1)
    died(lab, fuse, load, 2)
    commit_once(load_of(lab, "2", 2), lab.destination).unwrap()
    commit_once(load, lab.destination).unwrap()
    assert [[1, 2], [1, 2], [1, 2]] == values(lab)


def test_what_was_taken_back_stays_absent_when_snapshots_expire(lab: IcebergLab, fuse: Fuse) -> None:
    load = load_of(lab, "1", 1)
    died(lab, fuse, load, 2)
    commit_once(load_of(lab, "2", 2), lab.destination).unwrap()
    for table in TABLES:
        lab.expire(table)
    assert not isinstance(lab.destination.look(load).unwrap(), Landed)


def test_rows_under_a_foreign_snapshot_are_told_and_not_touched(lab: IcebergLab, fuse: Fuse) -> None:
    commit_once(load_of(lab, "1", 1), lab.destination).unwrap()
    died(lab, fuse, load_of(lab, "2", 2), 1)
    lab.foreign_commit(PARTS)
    fault = commit_once(load_of(lab, "3", 3), lab.destination).failure()
    assert Category.PERMANENT is fault.category
    assert "bronze.orders__lines__parts" in fault.message
    assert "floe.load-id 2" in fault.next_step
    assert [[1], [1], [1, 2]] == values(lab)


def test_announcements_do_not_pile_up(lab: IcebergLab) -> None:
    for number in range(4):
        commit_once(load_of(lab, str(number), number), lab.destination).unwrap()
    properties = lab.iceberg.catalog.load_table("bronze.orders").properties
    assert 1 == len([key for key in properties if key.startswith("floe.pending.")])
