"""Tables stay small: old metadata goes, dlt's own tables are compacted, and what dead loads left is removed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from dlt.common.schema import Schema
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.adapters.dlt.loader.bookkeeping import MOST_FILES, Bookkeeping
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.iceberg.files.named_files import manifest_uuid
from floe_ingestion_dlt.adapters.iceberg.upkeep.compaction import KEPT_SNAPSHOTS
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Landed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import append, rows_of

ORDERS = TableName(("bronze",), "orders")
LOADS = TableName(("bronze",), "_dlt_loads")
ONE = pa.table({"id": [1]})


@pytest.fixture
def lab(tmp_path: Path) -> IcebergLab:
    return IcebergLab(tmp_path)


def metadata_files(lab: IcebergLab, table: TableName) -> set[str]:
    return {path.name for path in (location(lab, table) / "metadata").glob("*.metadata.json")}


def location(lab: IcebergLab, table: TableName) -> Path:
    return lab.folder.parent / "warehouse" / table.namespace[0] / table.name


def test_metadata_files_that_dropped_out_of_the_log_are_deleted(lab: IcebergLab) -> None:
    commit_once(append(lab, ORDERS, ONE, "0"), lab.destination).unwrap()
    with lab.iceberg.catalog.load_table("bronze.orders").transaction() as transaction:
        transaction.set_properties({"write.metadata.previous-versions-max": "3"})
    for load in range(1, 8):
        commit_once(append(lab, ORDERS, ONE, str(load)), lab.destination).unwrap()
    table = lab.iceberg.catalog.load_table("bronze.orders")
    logged = {Path(entry.metadata_file).name for entry in table.metadata.metadata_log}
    assert 3 == len(logged)
    assert logged | {Path(table.metadata_location).name} == metadata_files(lab, ORDERS)


def test_old_metadata_stays_where_the_tables_owner_keeps_it(lab: IcebergLab) -> None:
    commit_once(append(lab, ORDERS, ONE, "0"), lab.destination).unwrap()
    owners = {
        "write.metadata.previous-versions-max": "1",
        "write.metadata.delete-after-commit.enabled": "false",
    }
    with lab.iceberg.catalog.load_table("bronze.orders").transaction() as transaction:
        transaction.set_properties(owners)
    before = metadata_files(lab, ORDERS)
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    assert before < metadata_files(lab, ORDERS)


def test_compacting_leaves_one_file_and_the_newest_snapshots(lab: IcebergLab) -> None:
    for load in range(KEPT_SNAPSHOTS + 5):
        commit_once(append(lab, ORDERS, ONE, str(load)), lab.destination).unwrap()
    lab.destination.compact(ORDERS).unwrap()
    described = lab.destination.describe(ORDERS).unwrap()
    assert described is not None
    assert 1 == described.files
    assert KEPT_SNAPSHOTS == len(lab.iceberg.catalog.load_table("bronze.orders").snapshots())
    assert KEPT_SNAPSHOTS + 5 == len(rows_of(lab, ORDERS))


def test_manifests_are_merged_so_that_a_scan_is_planned_by_few(lab: IcebergLab) -> None:
    for load in range(110):
        commit_once(append(lab, ORDERS, ONE, str(load)), lab.destination).unwrap()
    table = lab.catalog.load_table("bronze.orders")
    snapshot = table.current_snapshot()
    assert snapshot is not None
    assert len(snapshot.manifests(table.io)) < 20
    assert 110 == len(rows_of(lab, ORDERS))
    assert isinstance(lab.destination.look(append(lab, ORDERS, ONE, "7")).unwrap(), Landed)


def test_of_two_writers_the_one_that_compacts_gives_up(lab: IcebergLab) -> None:
    for load in range(3):
        commit_once(append(lab, ORDERS, ONE, str(load)), lab.destination).unwrap()
    rival = Rival(lab)
    IcebergDestination(lambda: rival, "rival").compact(ORDERS).unwrap()  # type: ignore[arg-type,return-value]  # as much of a catalog as is asked
    assert 4 == len(rows_of(lab, ORDERS))
    shown = [task.file.file_path for task in lab.catalog.load_table("bronze.orders").scan().plan_files()]
    assert 4 == len([path for path in shown if "compact" not in path])


class Rival:
    """The lab's catalog, in which somebody is always a little faster."""

    def __init__(self, lab: IcebergLab) -> None:
        self._lab = lab

    def __getattr__(self, name: str) -> object:
        return getattr(self._lab.iceberg.catalog, name)

    def commit_table(self, *change: object) -> object:
        commit_once(append(self._lab, ORDERS, ONE, "faster"), self._lab.destination).unwrap()
        return self._lab.iceberg.catalog.commit_table(*change)  # type: ignore[arg-type]  # passed on as it came


def test_dlts_own_tables_do_not_grow_a_file_with_every_load_for_ever(lab: IcebergLab) -> None:
    columns = ("load_id", "schema_name", "schema_version_hash")
    schema = [Column(name, Scalar.STRING) for name in columns]
    others = (Column("status", Scalar.LONG), Column("inserted_at", Scalar.TIMESTAMPTZ))
    lab.destination.evolve(LOADS, TableSchema((*schema, *others))).unwrap()
    books = Bookkeeping(lab.destination, ("bronze",), Schema("orders"), lambda _attempt: None)
    most = 0
    for load in range(MOST_FILES + 10):
        books.keep_load(str(load))
        described = lab.destination.describe(LOADS).unwrap()
        most = max(most, described.files if described else 0)
    assert most < MOST_FILES
    assert {str(load) for load in range(MOST_FILES + 10)} == {row["load_id"] for row in rows_of(lab, LOADS)}


@pytest.mark.parametrize("io", ["pyiceberg.io.pyarrow.PyArrowFileIO", "pyiceberg.io.fsspec.FsspecFileIO"])
def test_leftovers_of_every_kind_are_found_through_every_file_system(lab: IcebergLab, io: str) -> None:
    append(lab, ORDERS, ONE, "left")
    commit_once(append(lab, ORDERS, ONE, "0", state="x" * 20_000), lab.destination).unwrap()
    data, metadata = location(lab, ORDERS) / "data", location(lab, ORDERS) / "metadata"
    unsent = manifest_uuid()
    names = (f"{unsent}-m0.avro", f"snap-7-0-{unsent}.avro", "floe-state-7.txt")
    left = {str(path) for path in data.glob("*left*")} | {str(metadata / name) for name in names}
    for name in names:
        (metadata / name).write_text("left")
    (data / "00000-0-of-another-engine.parquet").write_text("not ours")
    (metadata / "7a6f-m0.avro").write_text("not ours")
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    settings = lab.iceberg.catalog.properties | {"py-io-impl": io}
    destination = IcebergDestination(lambda: load_catalog("floe", **settings), io)
    found = destination.leftovers(ORDERS, timedelta(0)).unwrap()
    assert left == {file.path.removeprefix("file://") for file in found}
    destination.remove_leftovers(ORDERS, found).unwrap()
    assert not any(Path(path).exists() for path in left)
    assert 2 == len(rows_of(lab, ORDERS))
    assert "x" * 20_000 == lab.destination.read_state(ORDERS).unwrap()


def test_leftovers_that_are_too_young_are_left_alone(lab: IcebergLab) -> None:
    append(lab, ORDERS, ONE, "left")
    commit_once(append(lab, ORDERS, ONE, "0"), lab.destination).unwrap()
    assert () == lab.destination.leftovers(ORDERS, timedelta(hours=1)).unwrap()


def test_the_file_of_a_large_state_goes_on_with_a_fence_when_older_snapshots_expire(lab: IcebergLab) -> None:
    load = append(lab, ORDERS, ONE, "0", state="x" * 20_000)
    commit_once(load, lab.destination).unwrap()
    lab.destination.fence(append(lab, ORDERS, ONE, "1")).unwrap()
    lab.expire(ORDERS)
    table = lab.catalog.load_table("bronze.orders")
    (file,) = table.metadata.statistics
    assert table.metadata.current_snapshot_id == file.snapshot_id
    assert Path(file.statistics_path.removeprefix("file://")).exists()
    assert "x" * 20_000 == lab.destination.read_state(ORDERS).unwrap()


def test_a_state_that_only_a_rolled_back_snapshot_has_is_no_leftover(lab: IcebergLab) -> None:
    commit_once(append(lab, ORDERS, ONE, "0"), lab.destination).unwrap()
    commit_once(append(lab, ORDERS, ONE, "1", state="x" * 20_000), lab.destination).unwrap()
    lab.roll_back(ORDERS)
    commit_once(append(lab, ORDERS, ONE, "2"), lab.destination).unwrap()
    table = lab.iceberg.catalog.load_table("bronze.orders")
    assert "floe.state" not in json.dumps(table.properties)
    assert () == lab.destination.leftovers(ORDERS, timedelta(0)).unwrap()
