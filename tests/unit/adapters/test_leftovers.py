"""Leftovers beside files of other tables and of other programs: only what is provably ours, and needed by nobody, goes."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType

from floe_ingestion_dlt.adapters.iceberg.files.named_files import manifest_uuid
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.leftovers import is_ours
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import Leftover
from floe_ingestion_dlt.testing.lab import IcebergLab, append, rows_of
from floe_ingestion_dlt.testing.laws import ANN, BOB, ONE, ORDERS, TWO

OTHER = ORDERS.sibling("returns")
DAY = timedelta(days=1)
COLUMNS = Schema(NestedField(1, "id", LongType()), NestedField(2, "name", StringType()))


@pytest.fixture
def lab(tmp_path: Path) -> IcebergLab:
    return IcebergLab(tmp_path)


def age(folder: Path, days: float = 10) -> None:
    then = time.time() - days * 86_400
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def paths(lab: IcebergLab, table: TableName = ORDERS) -> set[str]:
    return {file.path for file in lab.destination.leftovers(table, DAY).unwrap()}


def tables(lab: IcebergLab, **properties: str) -> None:
    lab.catalog.create_namespace("bronze")
    for table in (ORDERS, OTHER):
        lab.catalog.create_table(("bronze", table.name), COLUMNS, properties=properties)


@pytest.mark.parametrize("folder", ["write.data.path", "write.metadata.path"])
def test_files_of_another_table_in_the_same_folder_stay(lab: IcebergLab, tmp_path: Path, folder: str) -> None:
    tables(lab, **{folder: (tmp_path / "shared").as_uri()})
    commit_once(append(lab, OTHER, ONE, "1"), lab.destination).unwrap()
    age(tmp_path / "shared")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert set() == paths(lab)
    assert ([ANN], [BOB]) == (rows_of(lab, OTHER), rows_of(lab, ORDERS))


def test_a_file_that_is_staged_for_another_table_in_the_same_folder_stays(
    lab: IcebergLab, tmp_path: Path
) -> None:
    tables(lab, **{"write.data.path": (tmp_path / "shared").as_uri()})
    staged = append(lab, OTHER, ONE, "1")
    age(tmp_path / "shared")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert set() == paths(lab)
    commit_once(staged, lab.destination).unwrap()
    left = append(lab, ORDERS, ONE, "left")
    age(tmp_path / "shared")
    commit_once(append(lab, ORDERS, TWO, "3"), lab.destination).unwrap()
    assert {left.writes[0].files[0].path} == paths(lab)


def test_files_of_a_table_that_was_renamed_stay_when_another_takes_its_name_and_place(
    lab: IcebergLab, tmp_path: Path
) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    lab.catalog.rename_table(("bronze", "orders"), ("bronze", "orders_2025"))
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert set() == paths(lab)
    assert [ANN] == rows_of(lab, ORDERS.sibling("orders_2025"))


def test_a_place_with_a_table_that_the_catalog_does_not_have_is_refused(
    lab: IcebergLab, tmp_path: Path
) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    dropped = lab.catalog.load_table(("bronze", "orders")).metadata_location
    lab.catalog.drop_table(("bronze", "orders"))
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    fault = lab.destination.leftovers(ORDERS, DAY).failure()
    assert "of a table that this catalog does not have" in fault.message
    assert "/metadata/" in fault.message
    lab.catalog.register_table(("bronze", "old"), dropped)
    assert set() == paths(lab)
    assert [ANN] == rows_of(lab, ORDERS.sibling("old"))


def test_a_file_that_a_table_elsewhere_names_stays(lab: IcebergLab, tmp_path: Path) -> None:
    left = append(lab, ORDERS, ONE, "left")
    (file,) = left.writes[0].files
    lab.catalog.create_namespace("elsewhere")
    table = lab.catalog.create_table("elsewhere.copy", COLUMNS)
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert {file.path} == paths(lab)
    plain = Path(file.path.removeprefix("file://"))
    pq.write_table(pa.table({"id": [1], "name": ["ann"]}), plain)  # add_files wants none with field ids
    age(plain.parent)
    table.add_files([file.path])
    assert set() == paths(lab)


@pytest.mark.parametrize("data", ["", "/metadata", "/data/", "/data/deep"])
def test_a_file_is_found_once_wherever_the_data_folder_lies(
    lab: IcebergLab, tmp_path: Path, data: str
) -> None:
    lab.catalog.create_namespace("bronze")
    place = (tmp_path / "warehouse" / "bronze" / "orders").as_uri()
    lab.catalog.create_table("bronze.orders", COLUMNS, properties={"write.data.path": f"{place}{data}"})
    (left,) = append(lab, ORDERS, ONE, "left").writes[0].files
    manifest = f"{manifest_uuid()}-m0.avro"
    (tmp_path / "warehouse" / "bronze" / "orders" / "metadata" / manifest).write_bytes(b"")
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    found = lab.destination.leftovers(ORDERS, DAY).unwrap()
    names = sorted(file.path.rpartition("/")[2] for file in found)
    assert sorted([manifest, left.path.rpartition("/")[2]]) == names
    lab.destination.remove_leftovers(ORDERS, found).unwrap()
    assert not lab.is_there(left)
    assert [BOB] == rows_of(lab, ORDERS)


def test_a_table_that_cannot_be_read_keeps_everything(lab: IcebergLab, tmp_path: Path) -> None:
    left = append(lab, ORDERS, ONE, "left")
    commit_once(append(lab, OTHER, ONE, "1"), lab.destination).unwrap()
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert {left.writes[0].files[0].path} == paths(lab)
    for manifest in (tmp_path / "warehouse" / "bronze" / "returns" / "metadata").glob("*.avro"):
        manifest.unlink()
    fault = lab.destination.leftovers(ORDERS, DAY).failure()
    assert "because bronze.returns may need them and cannot be read: FileNotFoundError" in fault.message
    assert "Repair bronze.returns" in fault.next_step


def test_a_table_without_its_metadata_is_named_and_keeps_everything(lab: IcebergLab, tmp_path: Path) -> None:
    append(lab, ORDERS, ONE, "left")
    commit_once(append(lab, OTHER, ONE, "1"), lab.destination).unwrap()
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    for metadata in (tmp_path / "warehouse" / "bronze" / "returns" / "metadata").glob("*.json"):
        metadata.unlink()
    assert "bronze.returns may need them" in lab.destination.leftovers(ORDERS, DAY).failure().message


def test_files_of_other_programs_stay(lab: IcebergLab, tmp_path: Path) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    folder = tmp_path / "warehouse" / "bronze" / "orders"
    for name in (
        "metadata/version-hint.text",
        "metadata/notes.puffin",
        "data/00000-0.parquet",
        "data/floe-notes.csv",
    ):
        (folder / name).write_text("theirs")
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert set() == paths(lab)


def test_manifests_of_a_commit_that_was_never_sent_go(lab: IcebergLab, tmp_path: Path) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    metadata = tmp_path / "warehouse" / "bronze" / "orders" / "metadata"
    shown = {path.name for path in metadata.glob("*.avro")}
    assert all(map(is_ours, shown))
    unsent = str(manifest_uuid())
    left = {f"{unsent}-m0.avro", f"{unsent}-m1.avro", f"snap-7-0-{unsent}.avro"}
    for name in left:
        (metadata / name).write_bytes(b"")
    age(tmp_path / "warehouse")
    commit_once(append(lab, ORDERS, TWO, "2"), lab.destination).unwrap()
    assert left == {path.rpartition("/")[2] for path in paths(lab)}


@pytest.mark.parametrize(
    "path",
    [
        "data/../../../catalog.db",
        "../returns/data/floe-1-1.parquet",
        "data/00000-0.parquet",
        "metadata/version-hint.text",
    ],
)
def test_nothing_is_deleted_that_is_not_ours_or_lies_elsewhere(
    lab: IcebergLab, tmp_path: Path, path: str
) -> None:
    commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
    place = tmp_path / "warehouse" / "bronze" / "orders"
    (place.parent / "returns" / "data").mkdir(parents=True)
    target = place / path
    if not target.exists():
        target.write_text("theirs")
    given = Leftover(f"{place.as_uri()}/{path}", 1)
    assert "is no file of a load" in lab.destination.remove_leftovers(ORDERS, [given]).failure().message
    assert target.exists()
