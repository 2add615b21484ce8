"""The state of a table is read without a load: cursors, loads and known files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import pytest

from floe_ingestion_dlt import PipelineConfigurationError, ToCursor, Window
from floe_ingestion_dlt.domain.load_state import ResourceCursor
from tests.embedded.rows_of_each_kind import KINDS, load
from tests.platforms import TABLE, Platform


@KINDS
def test_it_has_the_cursor_and_the_loads_newest_first(platform: Platform, kind: str) -> None:
    options = {"source_config": {"cursor_field": "u"}}
    load(platform, kind, [{"id": 1, "u": 5}, {"id": 2, "u": 7}], **options)
    options = {"source_config": {"cursor_field": "u"}}
    load(platform, kind, [{"id": 3, "u": 9}], **options)
    state = platform.plugin.state(TABLE)
    current = platform.catalog.load_table(TABLE).current_snapshot()
    assert (ResourceCursor("orders", "u", 9),) == state.cursors
    assert [(1, "append"), (2, "append")] == [(past.rows, past.kind) for past in state.loads]
    assert current is not None
    assert current.snapshot_id == state.snapshot_id == state.loads[0].snapshot_id
    assert timedelta(0) <= datetime.now(UTC) - state.loads[0].at < timedelta(minutes=5)


def test_it_has_the_number_of_known_files(platform: Platform) -> None:
    for name in ("a.csv", "b.csv"):
        platform.csv(name, "id\n1\n")
    platform.load()
    assert (2, ()) == (platform.plugin.state(TABLE).files, platform.plugin.state(TABLE).cursors)


@pytest.mark.parametrize(
    ("options", "run", "kind"),
    [
        ({}, {"refresh": True}, "refresh"),
        ({}, {"window": Window("day", date(2026, 1, 1), date(2026, 1, 2))}, "window"),
        ({"write_mode": "replace"}, {}, "replace"),
        ({"write_mode": "merge", "source_config": {"primary_key": "id"}}, {}, "merge"),
    ],
    ids=["refresh", "window", "replace", "merge"],
)
def test_it_says_how_each_load_was_written(
    platform: Platform, options: dict[str, Any], run: dict[str, Any], kind: str
) -> None:
    platform.csv("a.csv", "id,day\n1,2026-01-01\n")
    platform.load()
    platform.csv("b.csv", "id,day\n2,2026-01-01\n")
    assert platform.plugin.run(platform.pipeline(**options), **run).success
    assert [kind, "append"] == [past.kind for past in platform.plugin.state(TABLE).loads]


def test_columns_have_the_names_of_the_table(platform: Platform) -> None:
    rows = [{"orderDate": 1}]
    platform.load(rows, cursor="orderDate")
    assert ["order_date"] == [cursor.column for cursor in platform.plugin.state(TABLE).cursors]


def test_a_table_of_another_engine_has_no_state_and_no_loads(platform: Platform) -> None:
    platform.load([{"id": 1}], table="bronze.other")
    catalog = platform.catalog
    made = catalog.create_table("bronze.made", catalog.load_table("bronze.other").schema())
    made.append(made.schema().as_arrow().empty_table())
    state = platform.plugin.state("bronze.made")
    assert ((), (), 0, False) == (state.loads, state.cursors, state.files, state.has_position)
    assert state.snapshot_id is not None


@pytest.mark.parametrize("name", ["bronze.missing", "orders", "", "bronze.", ".orders", "bronze._dlt_loads"])
def test_a_table_that_is_not_there_is_an_error(platform: Platform, name: str) -> None:
    platform.load([{"id": 1}])
    with pytest.raises(PipelineConfigurationError, match="table"):
        platform.plugin.state(name)


def test_a_nested_table_names_its_root(platform: Platform) -> None:
    platform.load([{"id": 1, "lines": [{"sku": "a"}]}])
    with pytest.raises(PipelineConfigurationError, match=r"root table bronze\.orders"):
        platform.plugin.state("bronze.orders__lines")


def test_each_resource_with_a_cursor_is_named(platform: Platform) -> None:
    rows = dlt.resource([{"id": 1, "a": 3, "b": 5}], name="orders")
    rows.apply_hints(incremental=dlt.sources.incremental("a"))
    assert platform.plugin.run(platform.pipeline(), source=rows).success
    assert (ResourceCursor("orders", "a", 3),) == platform.plugin.state(TABLE).cursors


def test_a_credential_in_a_cursor_is_not_shown(tmp_path: Path) -> None:
    platform = Platform(tmp_path, {"s3.secret-access-key": "hunter2-hunter2"})
    platform.load([{"id": 1, "link": "of hunter2-hunter2"}], cursor="link")
    shown = repr(platform.plugin.state(TABLE))
    assert ("hunter2" in shown, "of ***" in shown) == (False, True)
    shown = repr(platform.plugin.reset(TABLE, to=ToCursor("of hunter1-hunter2")))
    assert "hunter2-hunter2" not in shown
