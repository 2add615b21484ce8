"""A reset to a value of the cursor reads rows again from there, and adds none that the table has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import PipelineConfigurationError, ToCursor, ToSnapshot, Window
from tests.conformance.source_labs import RestLab
from tests.embedded.rows_of_each_kind import KINDS, load, run
from tests.embedded.test_two_hosts import DyingHost, ids
from tests.platforms import TABLE, Platform

MODES = pytest.mark.parametrize(
    "options",
    [
        {"source_config": {"cursor_field": "u"}},
        {"write_mode": "merge", "source_config": {"cursor_field": "u", "primary_key": "id"}},
        {"source_config": {"cursor": {"column": "u", "lag": 1}}},
        {"source_config": {"cursor": {"column": "u", "initial_value": 3}}},
    ],
    ids=["append", "merge", "lag", "initial value"],
)


def copied(options: dict[str, Any]) -> dict[str, Any]:
    """A copy, of which the helpers take parts out."""
    return {key: dict(value) if isinstance(value, dict) else value for key, value in options.items()}


@KINDS
@MODES
def test_late_rows_arrive_and_none_is_added_twice(
    platform: Platform, kind: str, options: dict[str, Any]
) -> None:
    rows = [{"id": 1, "u": 5}, {"id": 2, "u": 7}, {"id": 3, "u": 7}, {"id": 4, "u": 9}]
    load(platform, kind, rows, **copied(options))
    late = [*rows, {"id": 5, "u": 6}, {"id": 6, "u": 4}]
    load(platform, kind, late, **copied(options))
    assert [1, 2, 3, 4] == ids(platform)
    report = platform.plugin.reset(TABLE, to=ToCursor(6))
    assert ([6], 0) == ([found.value for found in report.cursors], report.loads)
    assert [1, 2, 3, 4] == ids(platform)
    assert platform.plugin.verify(TABLE).is_sound
    load(platform, kind, late, **copied(options))
    assert [1, 2, 3, 4, 5] == ids(platform)
    assert [9] == [found.value for found in platform.plugin.state(TABLE).cursors]
    assert 0 == run(platform, kind, late, **copied(options) | {"write_mode": "append"}).rows_loaded


@pytest.mark.parametrize("host", ["same", "other"])
def test_a_resource_with_a_cursor_of_its_own_adds_no_row_twice(platform: Platform, host: str) -> None:
    def resource(*values: int) -> Any:
        rows = dlt.resource([{"id": value} for value in values], name="orders")
        rows.apply_hints(incremental=dlt.sources.incremental("id"))
        return rows

    assert platform.plugin.run(platform.pipeline(), source=resource(1, 3, 5)).success
    platform.plugin.reset(TABLE, to=ToCursor(2))
    if host == "other":
        platform.forget_local_state()
        platform.plugin = platform.a_plugin()
    for _ in range(2):
        assert platform.plugin.run(platform.pipeline(), source=resource(1, 2, 3, 4, 5)).success
    assert [1, 2, 3, 4, 5] == ids(platform)


def test_known_files_are_read_again(platform: Platform) -> None:
    own = {"cursor_field": "id", "incremental": "files"}
    platform.csv("1.csv", "id\n1\n3\n")
    assert platform.plugin.run(platform.pipeline(source_config=own)).success
    assert 1 == platform.plugin.reset(TABLE, to=ToCursor(1)).files
    platform.catalog.load_table(TABLE).delete("id = 3")
    assert 1 == platform.plugin.run(platform.pipeline(source_config=own)).rows_loaded
    assert [1, 3] == ids(platform)


def test_nested_rows_are_not_added_twice(platform: Platform) -> None:
    rows = [{"id": number, "lines": [{"sku": f"{number}"}]} for number in (1, 2)]
    platform.load(rows, cursor="id")
    platform.plugin.reset(TABLE, to=ToCursor(1))
    platform.load(rows, cursor="id")
    assert ([1, 2], 2) == (ids(platform), len(platform.rows(table=f"{TABLE}__lines")))


@pytest.mark.parametrize(
    ("last", "to"),
    [
        (5, 6),
        (5, "4"),
        (5, 4.0),
        (5, True),
        (5, None),
        (5, date(2026, 1, 1)),
        (date(2026, 1, 2), datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the case
        (date(2026, 1, 2), "2026-01-01"),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the case
        (datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 1)),
        ("2026-01-02T00:00:00Z", "2026-01-01"),
        ("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
        ("a10", "a9"),
    ],
)
def test_a_value_of_another_type_or_after_the_last_one_is_refused(
    platform: Platform, last: object, to: Any
) -> None:
    platform.load([{"id": 1, "u": last}], cursor="u")
    with pytest.raises(PipelineConfigurationError, match=r"Set the reset.s target to ToCursor\("):
        platform.plugin.reset(TABLE, to=ToCursor(to))
    assert 1 == platform.snapshots()


@pytest.mark.parametrize(
    ("last", "to"),
    [
        (date(2026, 1, 2), date(2026, 1, 1)),
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        (2.5, 2),
        ("b", "a"),
    ],
)
def test_values_of_each_type_are_read_from_again(platform: Platform, last: Any, to: Any) -> None:
    platform.load([{"id": 1, "u": to}, {"id": 2, "u": last}], cursor="u")
    platform.plugin.reset(TABLE, to=ToCursor(to))
    late = {"id": 3, "u": to}
    platform.load([{"id": 1, "u": to}, late, {"id": 2, "u": last}], cursor="u")
    assert [1, 2, 3] == ids(platform)


def test_the_last_value_is_nothing_to_do(platform: Platform) -> None:
    platform.load([{"id": 1}, {"id": 5}], cursor="id")
    for value in (5, 2, 2):
        platform.plugin.reset(TABLE, to=ToCursor(value))
    assert 2 == platform.snapshots()


@pytest.mark.parametrize("cursor", [None, "other"])
def test_a_table_without_a_cursor_is_refused(platform: Platform, cursor: str | None) -> None:
    platform.csv("1.csv", "id\n1\n")
    platform.load()
    catalog = platform.catalog
    catalog.create_table("bronze.made", catalog.load_table(TABLE).schema())
    with pytest.raises(PipelineConfigurationError, match="cursor"):
        platform.plugin.reset("bronze.made" if cursor else TABLE, to=ToCursor(1))


def test_a_pending_load_of_before_is_read_again(platform: Platform) -> None:
    platform.csv("1.csv", "id\n1\n5\n")
    platform.load(cursor="id")
    platform.csv("2.csv", "id\n7\n")
    DyingHost(platform).load()
    platform.plugin.reset(TABLE, to=ToCursor(1))
    platform.csv("3.csv", "id\n3\n")
    assert 2 == platform.load(cursor="id").rows_loaded
    assert [1, 3, 5, 7] == ids(platform)


def test_a_reset_of_the_cursor_is_undone_by_one_to_the_snapshot(platform: Platform) -> None:
    platform.load([{"id": 1}, {"id": 5}], cursor="id")
    before = platform.plugin.state(TABLE)
    platform.plugin.reset(TABLE, to=ToCursor(1))
    assert before.snapshot_id is not None
    platform.plugin.reset(TABLE, to=ToSnapshot(before.snapshot_id))
    assert before.cursors == platform.plugin.state(TABLE).cursors


def test_a_reset_of_the_cursor_survives_expiry(platform: Platform) -> None:
    platform.load([{"id": 1}, {"id": 5}], cursor="id")
    platform.plugin.reset(TABLE, to=ToCursor(1))
    table = platform.catalog.load_table(TABLE)
    first, _ = table.snapshots()
    table.maintenance.expire_snapshots().by_id(first.snapshot_id).commit()
    platform.load([{"id": 1}, {"id": 3}, {"id": 5}], cursor="id")
    assert [1, 3, 5] == ids(platform)


@pytest.mark.parametrize("own", [False, True], ids=["cursor_field", "incremental"])
def test_an_api_is_read_again(platform: Platform, tmp_path: Path, own: bool) -> None:  # noqa: FBT001 - a parameter
    api = RestLab(tmp_path)
    source: dict[str, Any] = {"url": api.url}
    source |= {"incremental": {"cursor_path": "at"}} if own else {"cursor_field": "at"}
    config = IngestionConfig(source_type="rest_api", source_config=source, destination_table=TABLE)
    rows = [{"id": 1, "at": "2026-01-01T00:00:00Z"}, {"id": 2, "at": "2026-01-03T00:00:00Z"}]
    try:
        api.put(rows)
        assert platform.plugin.run(platform.plugin.create_pipeline(config)).success
        api.put([{"id": 3, "at": "2026-01-02T00:00:00Z"}])
        assert platform.plugin.run(platform.plugin.create_pipeline(config)).rows_loaded == 0
        platform.plugin.reset(TABLE, to=ToCursor("2026-01-01T00:00:00Z"))
        for _ in range(2):
            assert platform.plugin.run(platform.plugin.create_pipeline(config)).success
    finally:
        api.close()
    assert [1, 2, 3] == ids(platform)


def test_a_cursor_whose_column_was_named_otherwise_in_the_table_is_found(platform: Platform) -> None:
    late = [{"id": 1, "seenAt": 1}, {"id": 3, "seenAt": 2}, {"id": 2, "seenAt": 5}]
    platform.load([late[0], late[2]], cursor="seenAt")
    report = platform.plugin.reset(TABLE, to=ToCursor(1))
    assert ["seen_at"] == [cursor.column for cursor in report.cursors]
    platform.load(late, cursor="seenAt")
    assert [1, 2, 3] == ids(platform)


def test_a_table_that_was_renamed_goes_back_under_its_new_name(platform: Platform) -> None:
    platform.load([{"id": 1}, {"id": 5}], cursor="id")
    platform.catalog.rename_table(TABLE, "bronze.sales")
    platform.plugin.reset("bronze.sales", to=ToCursor(1))
    platform.load([{"id": 1}, {"id": 3}, {"id": 5}], cursor="id", table="bronze.sales")
    assert [1, 3, 5] == [row["id"] for row in platform.rows("id", table="bronze.sales")]


def test_a_window_up_to_the_cursor_can_be_loaded_after_a_reset(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n5\n")
    platform.load(cursor="id")
    platform.plugin.reset(TABLE, to=ToCursor(3))
    pipeline = platform.pipeline(source_config={"cursor_field": "id"})
    assert platform.plugin.run(pipeline, window=Window("id", 1, 3)).success
    assert [3] == [cursor.value for cursor in platform.plugin.state(TABLE).cursors]
    assert platform.plugin.run(pipeline).success
    assert [1, 5] == ids(platform)
