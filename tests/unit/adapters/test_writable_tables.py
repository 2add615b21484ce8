"""Whatever the destination is, a table that cannot be written is refused by what it says of itself."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.dlt.writable_tables import check_writable
from floe_ingestion_dlt.adapters.memory import MemoryDestination
from floe_ingestion_dlt.adapters.sources.filesystem.settings import FileFormat, Filesystem
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import UPSERT
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.writable import Unreadable
from floe_ingestion_dlt.domain.write_modes import Append, Merge, Replace, WriteMode
from floe_ingestion_dlt.testing import MemoryLab
from floe_ingestion_dlt.testing.lab import append

ORDERS = TableName(("bronze",), "orders")
UPSERT_BY_ID = Merge(UPSERT, ("id",))
MODES: list[WriteMode] = [Append(), Replace(), UPSERT_BY_ID]
FILES = Filesystem("data", FileFormat.CSV, "*", {})


def plan(mode: WriteMode, window: Window | None = None) -> LoadPlan:
    return LoadPlan(FILES, "files", ORDERS, mode, window=window)


@pytest.fixture
def destination() -> MemoryDestination:
    made = MemoryDestination()
    made.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG),))).unwrap()
    return made


@pytest.mark.parametrize("mode", MODES)
def test_a_table_that_is_not_there_yet_can_be_written(mode: WriteMode) -> None:
    assert check_writable(MemoryDestination(), plan(mode)).unwrap() is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("version", [1, 3])
def test_every_mode_is_refused_by_another_format_version(
    destination: MemoryDestination, mode: WriteMode, version: int
) -> None:
    destination.tables[ORDERS].format_version = version
    assert f"format version {version}" in check_writable(destination, plan(mode)).failure().message


@pytest.mark.parametrize(("mode", "expected"), [*zip(MODES, [True, True, False], strict=True)])
def test_only_a_mode_that_reads_rows_is_refused_by_files_that_cannot_be_read(
    destination: MemoryDestination,
    mode: WriteMode,
    expected: bool,  # noqa: FBT001 - an expected value
) -> None:
    destination.tables[ORDERS].unreadable = frozenset({Unreadable.AVRO})
    assert expected is (check_writable(destination, plan(mode)).value_or("refused") is None)


@pytest.mark.parametrize("mode", MODES)
def test_a_catalog_that_does_not_answer_is_not_taken_for_one_that_allows_it(
    destination: MemoryDestination, mode: WriteMode
) -> None:
    destination.down = True
    assert "describe" in check_writable(destination, plan(mode)).failure().message


@pytest.mark.parametrize("mode", MODES)
def test_a_window_reads_rows_whatever_the_mode(destination: MemoryDestination, mode: WriteMode) -> None:
    destination.tables[ORDERS].unreadable = frozenset({Unreadable.AVRO})
    assert "AVRO" in check_writable(destination, plan(mode, Window("id", 1, 2))).failure().message.upper()


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        (Window("gone", 1, 2), "one of the table's columns: id"),
        (Window("id", "a", "b"), "which is of type long"),
    ],
)
def test_a_window_that_the_table_cannot_have_is_refused(tmp_path: Path, window: Window, wanted: str) -> None:
    lab = MemoryLab(tmp_path)
    commit_once(append(lab, ORDERS, pa.table({"id": [1]}), "1"), lab.destination).unwrap()
    assert wanted in check_writable(lab.destination, plan(Append(), window)).failure().next_step


def test_a_window_names_a_column_as_the_source_does(destination: MemoryDestination) -> None:
    assert check_writable(destination, plan(Append(), Window("ID", 1, 2))).unwrap() is None
