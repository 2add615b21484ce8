"""Windows that cannot be loaded are refused before anything is read, and the error says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.extract import DltResource
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import Window
from tests.conformance.source_labs import RestLab
from tests.platforms import TABLE, Platform

WINDOW = Window("at", 1, 3)


def unread() -> Iterator[Any]:
    yield from map(pytest.fail, ["the source was read"])


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        (Window("att", 1, 3), "Set window.column to one of the table's columns: at, name"),
        (Window("name", 1, 3), "bounds that can be compared with name, which is of type string"),
        (Window("at", "a", "b"), "bounds that can be compared with at, which is of type long"),
        (Window("at", date(2026, 1, 1), date(2026, 1, 2)), "'2026-01-01 <= at < 2026-01-02' cannot be used"),
        ("2026-01", "window: '2026-01' cannot be used. Set window to a Window(column, start, end)"),
        ((1, 3), "'a value of type tuple' cannot be used"),
    ],
    ids=repr,
)
def test_a_window_that_the_table_cannot_have(platform: Platform, window: Any, wanted: str) -> None:
    platform.load([{"at": 1, "name": "a"}])
    report = platform.plugin.load(
        platform.pipeline(), source=dlt.resource(unread, name="orders"), window=window
    )
    assert report.error is not None
    assert wanted in report.error.replace(
        " (source filesystem, table bronze.orders, pipeline bronze-orders)", ""
    )
    assert "[CONFIGURATION] Invalid" in report.error
    assert 1 == platform.snapshots()


def by_hint() -> DltResource:
    return dlt.resource(unread, name="orders", incremental=dlt.sources.incremental("seq"))


def by_default() -> DltResource:
    def read(_last: Any = dlt.sources.incremental("seq")) -> Iterator[Any]:  # noqa: B008 - as dlt's users write it
        yield from unread()

    return dlt.resource(read, name="orders")


def by_default_beside_arguments() -> DltResource:
    @dlt.resource(name="orders")
    def read(_path: str, _last: Any = dlt.sources.incremental("seq")) -> Iterator[Any]:  # noqa: B008
        yield from unread()

    return read("orders.csv")


def by_argument() -> DltResource:
    @dlt.resource(name="orders")
    def read(_last: dlt.sources.incremental[int] | None = None) -> Iterator[Any]:
        yield from unread()

    return read(dlt.sources.incremental("seq"))


def by_parent() -> DltResource:
    return by_hint() | dlt.transformer(lambda rows: rows, name="rows")


@pytest.mark.parametrize("made", [by_hint, by_default, by_default_beside_arguments, by_argument, by_parent])
def test_a_window_of_a_resource_with_a_cursor_of_its_own(
    platform: Platform, made: Callable[[], DltResource]
) -> None:
    report = platform.plugin.load(platform.pipeline(), source=made(), window=WINDOW)
    assert report.error is not None
    assert "window cannot be used here" in report.error
    assert "is read by a cursor of its own, seq" in report.error


PARENT = {"name": "shops", "endpoint": {"path": "shops", "incremental": {"cursor_path": "seq"}}}


@pytest.mark.parametrize(
    "resource",
    [
        {"name": "orders", "endpoint": {"path": "orders", "incremental": {"cursor_path": "seq"}}},
        {"name": "orders", "endpoint": {"path": "shops/{resources.shops.id}/orders"}},
    ],
    ids=["its own", "its parent's"],
)
def test_a_window_of_an_api_that_declares_a_cursor(
    platform: Platform, tmp_path: Path, resource: dict[str, object]
) -> None:
    api = RestLab(tmp_path)
    config = {
        "client": {"base_url": api.url},
        "resources": [resource, {**PARENT, "selected": False}],
    }
    pipeline = platform.plugin.create_pipeline(IngestionConfig("rest_api", config, TABLE))
    report = platform.plugin.load(pipeline, window=WINDOW)
    api.close()
    assert report.error is not None
    assert "is read by a cursor of its own, seq" in report.error


def test_a_window_of_a_table_of_versions(platform: Platform) -> None:
    source = {"primary_key": "id", "merge_strategy": "scd2"}
    pipeline = platform.pipeline(write_mode="merge", source_config=source)
    report = platform.plugin.load(pipeline, source=dlt.resource(unread, name="orders"), window=WINDOW)
    assert report.error is not None
    assert "Remove window: scd2 ends the versions of rows that are not in a load" in report.error


def test_values_of_another_type_than_the_tables(platform: Platform) -> None:
    platform.load([{"at": 1, "name": "a"}])
    rows = [{"at": 2, "name": "b"}, {"at": "soon", "name": "c"}]
    report = platform.plugin.load(
        platform.pipeline(), source=dlt.resource(rows, name="orders"), window=WINDOW
    )
    assert report.error is not None
    assert "1 rows have a value in at__v_text and none in at" in report.error
    assert ["a"] == [row["name"] for row in platform.rows("name")]


def test_rows_nested_twice_that_name_no_root(platform: Platform) -> None:
    rows = [{"at": 1, "tags": [{"t": "a", "marks": [{"m": "x"}]}]}]
    platform.load(rows)
    for table in (TABLE, "bronze.fresh"):
        name = table.rpartition(".")[2]
        data = dlt.resource(rows, name=name)
        report = platform.plugin.load(platform.pipeline(table), source=data, window=WINDOW)
        assert report.error is not None
        assert f"rows of {name}__tags__marks are nested in nested rows" in report.error
    assert ["x"] == [row["m"] for row in platform.rows("m", table=f"{TABLE}__tags__marks")]
