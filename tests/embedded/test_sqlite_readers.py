"""A SQLite catalog that somebody reads while a load is committed: COMMIT fails, and the rows are not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitUnknown
from floe_ingestion_dlt.domain.load import Absent
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.testing.lab import IcebergLab, append, rows_of
from floe_ingestion_dlt.testing.laws import ANN, BOB, ONE, ORDERS, TWO


@pytest.fixture
def lab(tmp_path: Path) -> IcebergLab:
    return IcebergLab(tmp_path, lock_seconds=0.1)


@contextmanager
def reading(database: Path) -> Iterator[None]:
    """Leave a SELECT unfinished, as a database browser or Spark's JdbcCatalog does."""
    with closing(sqlite3.connect(database)) as reader:
        rows = reader.execute("SELECT * FROM iceberg_tables, (VALUES (1), (2), (3))")
        rows.fetchone()
        yield


def test_a_load_whose_commit_fails_is_not_seen_by_the_look_after_it(lab: IcebergLab) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    load = append(lab, ORDERS, TWO, "2")
    with reading(lab.database):
        assert isinstance(commit_once(load, lab.destination, attempts=2).failure(), CommitUnknown)
        assert isinstance(lab.destination.look(load).unwrap(), Absent)
    assert [ANN] == rows_of(lab, ORDERS)
    commit_once(load, lab.destination).unwrap()
    assert [ANN, BOB] == rows_of(lab, ORDERS)


def test_a_new_column_whose_commit_fails_is_not_seen_either(lab: IcebergLab) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    before = lab.destination.describe(ORDERS).unwrap()
    with reading(lab.database):
        lab.destination.evolve(ORDERS, TableSchema((Column("age", Scalar.LONG),))).failure()
        assert before == lab.destination.describe(ORDERS).unwrap()


def test_a_table_whose_commit_fails_is_not_seen_either(lab: IcebergLab) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    lines = ORDERS.sibling("lines")
    with reading(lab.database):
        lab.destination.evolve(lines, TableSchema((Column("id", Scalar.LONG),))).failure()
        assert lab.destination.describe(lines).unwrap() is None
