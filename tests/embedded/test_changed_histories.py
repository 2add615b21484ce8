"""What others do to a table's history is followed by its cursor: no row is skipped, and none comes twice."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.table.update import RemoveSnapshotRefUpdate

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from tests.platforms import TABLE, Platform


def load_up_to(platform: Platform, *numbers: int) -> None:
    for number in numbers:
        platform.csv("a.csv", "id\n" + "".join(f"{n}\n" for n in range(1, number + 1)))
        assert platform.load(cursor="id").success


def ids(platform: Platform) -> list[int]:
    return sorted(row["id"] for row in platform.rows("id"))


def found(platform: Platform) -> Table:
    return platform.catalog.load_table(TABLE)


def written_by_others(platform: Platform, number: int) -> None:
    table = found(platform)
    table.append(pa.table({"id": [number]}, schema=pa.schema([("id", pa.int64())])))


def expire(platform: Platform) -> None:
    table = found(platform)
    old = [s.snapshot_id for s in table.snapshots() if s != table.current_snapshot()]
    table.maintenance.expire_snapshots().by_ids(old).commit()


def lose_metadata(platform: Platform) -> None:
    for entry in found(platform).metadata.metadata_log:
        Path(entry.metadata_file.removeprefix("file://")).unlink()


def pick(table: Table, snapshot: Snapshot) -> None:
    """What Spark's cherrypick_snapshot does."""
    entries = [e for m in snapshot.manifests(table.io) for e in m.fetch_manifest_entry(table.io)]
    named = {"source-snapshot-id": str(snapshot.snapshot_id)}
    with table.transaction() as tx, tx.update_snapshot(snapshot_properties=named).fast_append() as files:
        for entry in entries:
            if entry.snapshot_id == snapshot.snapshot_id:
                files.append_data_file(entry.data_file)


@pytest.fixture
def rolled_back(platform: Platform) -> Platform:
    """Two of three loads were taken back, another engine wrote, and all that is older expired."""
    load_up_to(platform, 2, 4, 6)
    platform.roll_back()
    platform.roll_back()
    written_by_others(platform, -1)
    expire(platform)
    return platform


def test_rows_that_were_rolled_back_come_again_although_their_snapshots_expired(
    rolled_back: Platform,
) -> None:
    load_up_to(rolled_back, 8)
    assert [-1, 1, 2, 3, 4, 5, 6, 7, 8] == ids(rolled_back)


def test_a_cursor_that_nothing_proves_is_refused_with_what_to_do(rolled_back: Platform) -> None:
    lose_metadata(rolled_back)
    result = rolled_back.load(cursor="id")
    assert not result.success
    assert "floe.state.accepted" in str(result.errors)
    assert [-1, 1, 2] == ids(rolled_back)


def test_a_person_may_say_that_the_cursor_is_true(platform: Platform) -> None:
    load_up_to(platform, 2, 4)
    last = found(platform).current_snapshot()
    written_by_others(platform, -1)
    expire(platform)
    lose_metadata(platform)
    assert not platform.load(cursor="id").success
    assert last is not None
    with found(platform).transaction() as change:
        change.set_properties({"floe.state.accepted": str(last.snapshot_id)})
    load_up_to(platform, 6)
    assert [-1, 1, 2, 3, 4, 5, 6] == ids(platform)
    assert "floe.state.accepted" not in found(platform).properties


def test_a_table_that_was_replaced_is_loaded_from_the_start(platform: Platform) -> None:
    load_up_to(platform, 2, 4)
    gone = RemoveSnapshotRefUpdate(ref_name=MAIN_BRANCH)
    platform.catalog.commit_table(found(platform), (), (gone,))
    written_by_others(platform, -1)
    expire(platform)
    load_up_to(platform, 4)
    assert [-1, 1, 2, 3, 4] == ids(platform)


def test_a_load_that_was_cherry_picked_is_loaded_once(platform: Platform) -> None:
    load_up_to(platform, 2, 4)
    second = found(platform).current_snapshot()
    platform.roll_back()
    written_by_others(platform, -1)
    assert second is not None
    pick(found(platform), second)
    load_up_to(platform, 6)
    assert [-1, 1, 2, 3, 4, 5, 6] == ids(platform)


def test_a_load_that_was_picked_without_the_one_before_it_moves_no_cursor(platform: Platform) -> None:
    load_up_to(platform, 2, 4, 6)
    third = found(platform).current_snapshot()
    platform.roll_back()
    platform.roll_back()
    written_by_others(platform, -1)
    assert third is not None
    pick(found(platform), third)
    assert not platform.load(cursor="id").success
    assert [-1, 1, 2, 5, 6] == ids(platform)


def test_a_gap_is_still_known_when_a_load_without_a_state_and_an_expiry_came_after_it(
    platform: Platform,
) -> None:
    load_up_to(platform, 2, 4, 6)
    third = found(platform).current_snapshot()
    assert third is not None
    platform.roll_back()
    platform.roll_back()
    written_by_others(platform, -1)
    pick(found(platform), third)
    other = Load("other", (TableWrite(TableName.parse(TABLE).unwrap(), Append(), ()),))
    commit_once(other, platform.plugin._connections.destination).unwrap()
    expire(platform)
    lose_metadata(platform)
    platform.csv("a.csv", "id\n" + "".join(f"{n}\n" for n in range(1, 9)))
    refused = platform.load(cursor="id")
    assert not refused.success
    assert f"to {third.snapshot_id}" in str(refused.errors)
    assert [-1, 1, 2, 5, 6] == ids(platform)
    # The metadata that is gone is all that is missing.
    assert {"MissingFile"} == {type(fault).__name__ for fault in platform.plugin.verify(TABLE).faults}

    found(platform).transaction().set_properties(
        {"floe.state.accepted": str(third.snapshot_id)}
    ).commit_transaction()
    assert platform.load(cursor="id").success
    assert [-1, 1, 2, 5, 6, 7, 8] == ids(platform)
