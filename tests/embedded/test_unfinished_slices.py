"""A run of which one slice could not be read, and the runs after it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.domain.events import SliceStaged
from tests.embedded.sliced import (
    ORDERS,
    WithoutSlice,
    at_once,
    content,
    in_slices,
    snapshots,
    source,
    threads,
)
from tests.platforms import Platform

IDS: list[Any] = [row["id"] for row in ORDERS]


def unfinished(platform: Platform, kind: str, **fields: Any) -> DltIngestionPlugin:
    """The plugin after a run that has staged three of four slices."""
    plugin = platform.a_plugin(sources=[source(platform, kind, **fields)])
    with WithoutSlice(4) as workers:
        report = in_slices(plugin, workers)
    assert "[TRANSIENT] WorkerLost: a worker gave no answer" in str(report.error)
    assert (0, 0, 3) == (report.rows, snapshots(platform), len(staged_files(platform)))
    return plugin


def staged_files(platform: Platform) -> list[Path]:
    return sorted((platform.folder / "warehouse").rglob("shop/data/*.parquet"))


def staged_slices(platform: Platform) -> list[int]:
    return [e.event.number for e in platform.telemetry.events if isinstance(e.event, SliceStaged)]


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in content(platform)[1]]


@pytest.mark.parametrize("kind", ["sqlite", "csv"])
def test_only_the_missing_slice_is_read(platform: Platform, kind: str) -> None:
    plugin = unfinished(platform, kind)
    with threads() as workers:
        report = in_slices(plugin, workers, 2)
    assert (None, len(ORDERS), [1, 2, 3, 4]) == (report.error, report.rows, staged_slices(platform))
    assert IDS == ids(platform)


@pytest.mark.parametrize("change", [{"schema_contract": "freeze"}, {"write_mode": "replace"}], ids=str)
def test_another_mode_or_contract_begins_anew(platform: Platform, change: dict[str, str]) -> None:
    unfinished(platform, "sqlite")
    plugin = platform.a_plugin(sources=[source(platform, "sqlite", **change)])
    with threads() as workers:
        assert len(ORDERS) == in_slices(plugin, workers).rows
    assert 3 + 4 == len(staged_slices(platform))
    assert IDS == ids(platform)


def test_another_key_begins_anew(platform: Platform) -> None:
    plugin = unfinished(platform, "sqlite")
    with threads() as workers:
        report = in_slices(plugin, workers, idempotency_key="run-2")
    assert (len(ORDERS), ("key-run-2",), 3 + 4) == (report.rows, report.loads, len(staged_slices(platform)))


def test_other_files_begin_anew(platform: Platform) -> None:
    plugin = unfinished(platform, "csv")
    platform.csv("orders-zz.csv", "id,state,price,day\n9999,s1,1.0,2026-01-01\n")
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert (None, len(ORDERS) + 1) == (report.error, report.rows)
    assert [*IDS, 9999] == ids(platform)


def test_a_file_that_was_written_again_begins_anew(platform: Platform) -> None:
    """Its size is the same."""
    plugin = unfinished(platform, "csv")
    first = platform.data / "orders-0.csv"
    first.write_text(first.read_text().replace("s1", "t1"))
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert (None, IDS) == (report.error, ids(platform))
    assert {"t1", "s1"} < {row["state"] for row in content(platform)[1]}


def test_other_options_of_the_files_begin_anew(platform: Platform) -> None:
    unfinished(platform, "csv")
    where = {"reader_options": {"column_types": {"state": "string", "day": "string"}}}
    plugin = platform.a_plugin(sources=[source(platform, "csv", source_config=where)])
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert (None, IDS) == (report.error, ids(platform))
    assert {None} == {row["day"] for row in content(platform)[1]}


def test_a_load_at_once_forgets_them(platform: Platform) -> None:
    plugin = unfinished(platform, "sqlite")
    assert len(ORDERS) == at_once(plugin).rows
    with threads() as workers:
        assert len(ORDERS) == in_slices(plugin, workers).rows
    assert sorted(IDS * 2) == ids(platform)


def test_a_load_whose_file_is_gone_is_refused_and_read_again(platform: Platform) -> None:
    """Nothing of the refused load is shown, and its other files stay where they are."""
    plugin = unfinished(platform, "sqlite")
    staged_files(platform)[0].unlink()
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert (None, len(ORDERS)) == (report.error, report.rows)
    assert IDS == ids(platform)
    assert 3 - 1 + 1 + 4 == len(staged_files(platform))


def test_a_damaged_answer_is_a_slice_that_is_missing(platform: Platform) -> None:
    plugin = unfinished(platform, "sqlite")
    (answer,) = (platform.folder / "pipelines").rglob("*.slices/slice-2.json")
    answer.write_text("")
    with threads() as workers:
        assert (None, len(ORDERS)) == ((report := in_slices(plugin, workers)).error, report.rows)
    assert IDS == ids(platform)


def test_an_answer_of_another_load_refuses_the_commit(platform: Platform) -> None:
    """The next run begins anew."""
    plugin = unfinished(platform, "sqlite", retry_config={"max_retries": 0})
    (answer,) = (platform.folder / "pipelines").rglob("*.slices/slice-2.json")
    answer.write_text(answer.read_text().replace("sliced-", "sliced-0", 1))
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert "SlicesMissing" in str(report.error)
    assert "is none of its 4 slices" in str(report.error)
    assert 0 == snapshots(platform)
    with threads() as workers:
        assert len(ORDERS) == in_slices(plugin, workers).rows


def test_a_table_that_was_dropped_meanwhile_gets_all_rows(platform: Platform) -> None:
    plugin = unfinished(platform, "sqlite")
    platform.catalog.drop_table("bronze.shop")
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert (None, len(ORDERS)) == (report.error, report.rows)
    assert IDS == ids(platform)


def test_files_that_are_never_committed_are_leftovers(platform: Platform) -> None:
    plugin = unfinished(platform, "sqlite")
    left = staged_files(platform)
    for path in left:
        os.utime(path, (0, 0))
    assert at_once(plugin).error is None
    found = plugin.remove_leftovers("bronze", older_than=timedelta(hours=1))
    assert {path.name for path in left} <= {Path(file.path).name for file in found}
    assert IDS == ids(platform)
