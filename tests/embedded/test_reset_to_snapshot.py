"""A reset to a snapshot takes a table, its nested tables and its state back to a load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from floe_ingestion_dlt import DestinationWriteError, PipelineConfigurationError, ToSnapshot, Window
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.embedded.test_two_hosts import DyingHost, ids
from tests.platforms import TABLE, Platform

LINES = f"{TABLE}__lines"


def nested(number: int) -> list[dict[str, Any]]:
    return [{"id": number, "lines": [{"sku": f"{number}"}]}]


def load_days(platform: Platform, *days: int, cursor: str | None = "id") -> None:
    for day in days:
        platform.csv(f"{day}.csv", f"id\n{day}\n")
        assert platform.load(cursor=cursor).success


def snapshot_of(platform: Platform, place: int) -> ToSnapshot:
    """The snapshot of a load, the newest one being the first."""
    return ToSnapshot(platform.plugin.state(TABLE).loads[place].snapshot_id)


@pytest.mark.parametrize("cursor", ["id", None], ids=["by cursor", "each file once"])
def test_what_was_undone_is_read_again_once(platform: Platform, cursor: str | None) -> None:
    load_days(platform, 1, 2, 3, cursor=cursor)
    report = platform.plugin.reset(TABLE, to=snapshot_of(platform, 2))
    assert (2, 2, [1]) == (report.loads, report.rows, ids(platform))
    assert ([1], 0) if cursor else ([], 2) == ([found.value for found in report.cursors], report.files)
    assert 2 == platform.load(cursor=cursor).rows_loaded
    assert 0 == platform.load(cursor=cursor).rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_nothing_is_read_from_a_local_state_of_before(platform: Platform) -> None:
    load_days(platform, 1, 2)
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    platform.forget_local_state()
    platform.plugin = platform.a_plugin()
    assert 1 == platform.load(cursor="id").rows_loaded


def test_nested_tables_go_back_to_the_same_load(platform: Platform) -> None:
    for number in (1, 2, 3):
        platform.load(nested(number))
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert ([{"id": 1}, {"id": 2}], [{"sku": "1"}, {"sku": "2"}]) == (
        platform.rows("id"),
        platform.rows("sku", table=LINES),
    )
    assert platform.plugin.verify(TABLE).is_sound
    platform.load(nested(4))
    assert ["1", "2", "4"] == [row["sku"] for row in platform.rows("sku", table=LINES)]


def test_nested_tables_that_came_later_are_emptied(platform: Platform) -> None:
    platform.load([{"id": 1}])
    platform.load(nested(2))
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert ([1], []) == (ids(platform), platform.rows(table=LINES))
    assert platform.plugin.verify(TABLE).is_sound
    platform.load(nested(3))
    assert ([1, 3], [{"sku": "3"}]) == (ids(platform), platform.rows("sku", table=LINES))


def test_a_nested_table_of_another_source_stays(platform: Platform) -> None:
    platform.load([{"id": 1}])
    platform.load([{"id": 7}], table=LINES, source_config={"path": str(platform.data)})
    platform.load([{"id": 2}])
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert ([1], [{"id": 7}]) == (ids(platform), platform.rows("id", table=LINES))


def test_the_current_snapshot_is_nothing_to_do(platform: Platform) -> None:
    load_days(platform, 1, 2)
    for _ in range(2):
        report = platform.plugin.reset(TABLE, to=snapshot_of(platform, 0))
        assert (0, 0, 0) == (report.loads, report.rows, report.files)
    assert ([1, 2], 2) == (ids(platform), platform.snapshots())


def test_a_reset_again_finds_nothing_to_do(platform: Platform) -> None:
    load_days(platform, 1, 2)
    to = snapshot_of(platform, 1)
    assert [1, 0] == [platform.plugin.reset(TABLE, to=to).loads for _ in range(2)]
    assert 3 == platform.snapshots()


def test_what_another_engine_wrote_is_not_undone(platform: Platform) -> None:
    load_days(platform, 1, cursor=None)
    to = snapshot_of(platform, 0)
    table = platform.catalog.load_table(TABLE)
    table.append(pa.table({"id": [9]}).cast(table.schema().as_arrow()))
    foreign = platform.catalog.load_table(TABLE).current_snapshot()
    assert foreign is not None
    load_days(platform, 2, cursor=None)
    with pytest.raises(PipelineConfigurationError, match=str(foreign.snapshot_id)):
        platform.plugin.reset(TABLE, to=to)
    assert [1, 2, 9] == ids(platform)
    assert 1 == platform.plugin.reset(TABLE, to=ToSnapshot(foreign.snapshot_id)).loads
    assert [1, 9] == ids(platform)


def test_what_another_engine_wrote_to_a_nested_table_is_not_undone(platform: Platform) -> None:
    for number in (1, 2):
        platform.load(nested(number))
    table = platform.catalog.load_table(LINES)
    table.append(table.schema().as_arrow().empty_table())
    with pytest.raises(DestinationWriteError, match=LINES):
        platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert [1, 2] == ids(platform)


@pytest.mark.parametrize("to", [1, 4611686018427387904])
def test_an_unknown_snapshot_is_refused(platform: Platform, to: int) -> None:
    load_days(platform, 1)
    with pytest.raises(PipelineConfigurationError, match=str(to)):
        platform.plugin.reset(TABLE, to=ToSnapshot(to))


def test_an_expired_snapshot_is_refused(platform: Platform) -> None:
    load_days(platform, 1, 2)
    to = snapshot_of(platform, 1)
    platform.catalog.load_table(TABLE).maintenance.expire_snapshots().by_id(to.id).commit()
    with pytest.raises(PipelineConfigurationError, match="expired"):
        platform.plugin.reset(TABLE, to=to)
    assert [1, 2] == ids(platform)


def test_an_expired_snapshot_of_a_nested_table_is_refused(platform: Platform) -> None:
    for number in (1, 2):
        platform.load(nested(number))
    lines = platform.catalog.load_table(LINES)
    first, _ = lines.snapshots()
    lines.maintenance.expire_snapshots().by_id(first.snapshot_id).commit()
    with pytest.raises(DestinationWriteError, match=LINES):
        platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert ([1, 2], 2) == (ids(platform), len(platform.rows(table=LINES)))


@pytest.mark.parametrize("to", [5, "5", None, Window.of_value("id", 1)])
def test_a_target_without_a_kind_is_refused(platform: Platform, to: Any) -> None:
    load_days(platform, 1)
    with pytest.raises(PipelineConfigurationError, match="ToSnapshot"):
        platform.plugin.reset(TABLE, to=to)


@pytest.mark.parametrize("cursor", ["id", None], ids=["by cursor", "each file once"])
def test_a_load_that_was_committed_and_is_still_pending_stays_undone(
    platform: Platform, cursor: str | None
) -> None:
    load_days(platform, 1, cursor=cursor)
    platform.csv("2.csv", "id\n2\n")
    DyingHost(platform, Milestone.COMMITTED).load(cursor)
    assert [1, 2] == ids(platform)
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    (platform.data / "2.csv").write_text("id\n22\n")
    assert 1 == platform.load(cursor=cursor).rows_loaded
    assert [1, 22] == ids(platform)


def test_a_load_without_a_state_that_is_still_pending_stays_undone(platform: Platform) -> None:
    """Each load of all rows has the same state, so that nothing else tells which one was undone."""
    own = {"incremental": "all"}
    platform.csv("1.csv", "id\n1\n")
    for _ in range(2):
        assert platform.load(source_config=own).success
    platform.csv("1.csv", "id\n2\n")
    platform.source = own
    DyingHost(platform, Milestone.COMMITTED).load(None)
    assert [1, 1, 2] == ids(platform)
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    platform.csv("1.csv", "id\n3\n")
    assert platform.load(source_config=own).success
    assert [1, 1, 3] == ids(platform)


def test_a_pending_load_that_was_read_later_is_read_again(platform: Platform) -> None:
    load_days(platform, 1, 2)
    platform.csv("3.csv", "id\n3\n")
    DyingHost(platform).load()
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert 2 == platform.load(cursor="id").rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_windows_that_were_loaded_later_are_undone(platform: Platform) -> None:
    load_days(platform, 1, 2)
    (platform.data / "1.csv").unlink()
    window = Window("id", 1, 2)
    assert platform.plugin.run(platform.pipeline(source_config={"cursor_field": "id"}), window=window).success
    assert [2] == ids(platform)
    report = platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert (["window"], [1, 2]) == ([load.kind for load in report.undone], ids(platform))


def test_versions_go_back(platform: Platform) -> None:
    options: dict[str, Any] = {
        "write_mode": "merge",
        "source_config": {"primary_key": "id", "merge_strategy": "scd2"},
    }
    for price in (1, 2):
        platform.csv("a.csv", f"id,price\n1,{price}\n")
        assert platform.plugin.run(platform.pipeline(**options)).success
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert [{"price": 1}] == platform.rows("price")
    assert platform.plugin.run(platform.pipeline(**options)).success
    assert [{"price": 1}, {"price": 2}] == platform.rows("price")


def test_a_column_that_got_another_type_gets_its_values_back(platform: Platform) -> None:
    platform.csv("a.csv", "id,v\n1,5\n")
    assert platform.load(write_mode="replace").success
    platform.csv("a.csv", "id,v\n1,x\n")
    assert platform.load(write_mode="replace").success
    assert [{"id": 1, "v": "x"}] == platform.rows("id", "v")
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert [{"id": 1, "v": 5}] == platform.rows("id", "v")
    assert platform.load(write_mode="replace").success
    assert [{"id": 1, "v": "x"}] == platform.rows("id", "v")


def test_a_column_that_was_renamed_keeps_its_name(platform: Platform) -> None:
    load_days(platform, 1, 2, cursor=None)
    to = snapshot_of(platform, 1)
    with platform.catalog.load_table(TABLE).update_schema() as update:
        update.rename_column("id", "number")
    platform.plugin.reset(TABLE, to=to)
    assert [{"number": 1}] == platform.rows("number")


def test_a_partitioned_table_goes_back(platform: Platform) -> None:
    load_days(platform, 1)
    with platform.catalog.load_table(TABLE).update_spec() as update:
        update.add_identity("id")
    load_days(platform, 2, 3)
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    assert [1, 2] == ids(platform)
    assert 1 == platform.load(cursor="id").rows_loaded


def test_a_table_that_was_rolled_back_goes_back_from_there(platform: Platform) -> None:
    load_days(platform, 1, 2, 3)
    first, newest = snapshot_of(platform, 2), snapshot_of(platform, 0)
    platform.roll_back()
    with pytest.raises(PipelineConfigurationError):
        platform.plugin.reset(TABLE, to=newest)
    assert 1 == platform.plugin.reset(TABLE, to=first).loads
    assert [1] == ids(platform)


def test_files_of_a_reset_are_not_left_over(platform: Platform) -> None:
    load_days(platform, 1, 2)
    platform.plugin.reset(TABLE, to=snapshot_of(platform, 1))
    files = list(Path(platform.folder).rglob("floe-*.parquet"))
    assert 2 == len([file for file in files if "_dlt_" not in str(file)])
    assert () == platform.plugin.remove_leftovers("bronze", dry_run=True)
