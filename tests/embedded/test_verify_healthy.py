"""A table that is well is reported as such, whatever it has been through."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from returns.result import Success

from floe_ingestion_dlt.adapters.dlt.engine.verifying import cursor_in
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.running.verification import Verification, verification_of
from floe_ingestion_dlt.testing import IcebergLab, MemoryLab
from floe_ingestion_dlt.testing.lab import append
from tests.embedded.test_two_hosts import DyingHost
from tests.platforms import TABLE, Platform

ORDERS = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
MODES: dict[str, dict[str, Any]] = {
    "append": {},
    "replace": {"write_mode": "replace"},
    "upsert": {"write_mode": "merge", "source_config": {"primary_key": "id", "merge_strategy": "upsert"}},
    "delete-insert": {"write_mode": "merge", "source_config": {"primary_key": "id"}},
    "insert-only": {
        "write_mode": "merge",
        "source_config": {"primary_key": "id", "merge_strategy": "insert-only"},
    },
    "scd2": {"write_mode": "merge", "source_config": {"primary_key": "id", "merge_strategy": "scd2"}},
}


def is_well(platform: Platform, name: str = "bronze") -> Verification:
    report = platform.plugin.verify(name)
    assert ((), ()) == (report.faults, report.unchecked)
    assert report.is_sound
    return report


def order(number: int, *skus: str) -> dict[str, Any]:
    parts = [{"part": f"{sku}{at}"} for at, sku in enumerate(skus)]
    return {
        "id": number,
        "at": f"2024-01-0{number}T00:00:00Z",
        "lines": [{"sku": s, "parts": parts} for s in skus],
    }


@pytest.mark.parametrize("mode", MODES)
def test_loads_of_every_mode(platform: Platform, mode: str) -> None:
    for rows in ([order(1, "a"), order(2)], [order(2, "b", "c"), order(3, "d")], [order(1)], []):
        assert platform.load(rows, **MODES[mode]).success
        is_well(platform)
    platform.forget_local_state()
    assert platform.load([order(4, "z")], **MODES[mode]).success
    report = is_well(platform)
    assert {TABLE, f"{TABLE}__lines", f"{TABLE}__lines__parts"} < set(report.tables)
    assert report.files > 10
    assert report.bytes > 1_000


@pytest.mark.parametrize("mode", ["append", "upsert", "delete-insert"])
@pytest.mark.parametrize("column", ["id", "at", "At Time", "price"])
def test_cursors_of_every_kind(platform: Platform, column: str, mode: str) -> None:
    options = MODES[mode] | {"source_config": {**MODES[mode].get("source_config", {})}}
    for day in (1, 2, 2, 3):
        platform.csv(
            f"{day}.csv",
            f"id,at,At Time,price\n{day},2024-01-0{day}T10:00:00.123456Z,2024-01-0{day},{day}.1\n",
        )
        assert platform.load(cursor=column, **options).success
        is_well(platform)
    platform.roll_back()
    is_well(platform)
    assert platform.load(cursor=column, **options).success
    is_well(platform)


def test_roll_back_expiry_foreign_commits_compaction_and_deletes(platform: Platform) -> None:
    for day in (1, 2, 3):
        platform.csv(f"{day}.csv", f"id\n{day}\n")
        platform.load(cursor="id")
    platform.roll_back()
    is_well(platform)
    platform.load(cursor="id")
    catalog = platform.catalog
    table = catalog.load_table(TABLE)
    table.append(pa.table({"id": pa.array([900], pa.int64())}))
    is_well(platform)
    table = catalog.load_table(TABLE)
    table.delete("id == 900")
    is_well(platform)
    table.refresh()
    table.delete("id == 3")
    is_well(platform)
    destination = platform.plugin._connections.destination
    destination.compact(ORDERS).unwrap()
    is_well(platform)
    table.refresh()
    old = [s.snapshot_id for s in table.snapshots() if s != table.current_snapshot()]
    table.maintenance.expire_snapshots().by_ids(old).commit()
    is_well(platform)
    platform.csv("4.csv", "id\n4\n")
    platform.load(cursor="id")
    is_well(platform)
    platform.plugin.remove_leftovers("bronze", older_than=timedelta(hours=1))
    is_well(platform)


def test_columns_that_came_went_and_were_renamed(platform: Platform) -> None:
    platform.load([{"id": 1, "name": "a", "n": 1}])
    table = platform.catalog.load_table(TABLE)
    with table.update_schema() as changes:
        changes.rename_column("name", "title").delete_column("n").add_column(
            "n", changes._schema.find_type("id")
        )
    is_well(platform)
    platform.load([{"id": 2, "title": "b" * 100, "n": 3, "extra": 1.5}])
    is_well(platform)
    table.refresh()
    table.append(pa.Table.from_pylist([{"id": 3, "title": "c"}], schema=table.schema().as_arrow()))
    is_well(platform)


def test_fences_refused_loads_and_dead_hosts(platform: Platform) -> None:
    platform.csv("1.csv", "id\n1\n")
    platform.load(cursor="id")
    platform.csv("2.csv", "id\n2\n")
    DyingHost(platform).load()
    before = is_well(platform)
    assert before.orphans.files > 0
    assert before.orphans.bytes > 0
    platform.forget_local_state()
    platform.load(cursor="id")
    destination = platform.plugin._connections.destination
    file = platform.catalog.load_table(TABLE)
    destination.fence(Load("other", (TableWrite(ORDERS, Append(), ()),))).unwrap()
    assert file.metadata_location != platform.catalog.load_table(TABLE).metadata_location
    is_well(platform)
    platform.load(cursor="id")
    is_well(platform)


def test_a_state_that_has_a_file_of_its_own(tmp_path: Path) -> None:
    lab = IcebergLab(tmp_path)
    for number in range(120):
        state = "x" * 20_000 if number > 117 else None
        commit_once(
            append(lab, ORDERS, pa.table({"id": [number]}), str(number), state=state), lab.destination
        ).unwrap()
    report = verification_of("bronze.orders", lab.destination, lambda _: Success(None), rows=True)
    assert () == report.unwrap().faults


def test_memory(tmp_path: Path) -> None:
    lab = MemoryLab(tmp_path)
    commit_once(append(lab, ORDERS, pa.table({"id": [1]}), "1"), lab.destination).unwrap()
    append(lab, ORDERS, pa.table({"id": [1]}), "2")
    report = verification_of("bronze", lab.destination, cursor_in, rows=True).unwrap()
    assert report.is_sound
    assert 1 == report.orphans.files
