"""A state that does not fit into a snapshot is in a file that Iceberg knows, and is not missed for long if that goes."""

from __future__ import annotations

import json
from pathlib import Path

import dlt
import pytest
from pyiceberg.table.puffin import PuffinFile

from tests.platforms import TABLE, Platform
from tests.published import published_events

Row = dict[str, int]
MANY = [{"id": n, "hour": 5} for n in range(1000)]


def run(platform: Platform, rows: list[Row]) -> int:
    """Load by a cursor of the source's own, whose rows dlt remembers."""
    source = dlt.resource(list(rows), name="orders", incremental=dlt.sources.incremental("hour"))
    result = platform.plugin.run(platform.pipeline(), source=source)
    assert result.success, result.errors
    return int(result.rows_loaded)


def state_files(platform: Platform) -> list[Path]:
    return sorted(platform.folder.rglob("floe-state-*"))


def named_files(platform: Platform) -> set[Path]:
    metadata = platform.catalog.load_table(TABLE).metadata
    return {Path(file.statistics_path.removeprefix("file://")) for file in metadata.statistics}


def test_the_file_is_one_that_iceberg_knows(platform: Platform) -> None:
    run(platform, MANY)
    (path,) = state_files(platform)
    assert {path} == named_files(platform)
    (blob,) = PuffinFile(path.read_bytes()).footer.blobs
    assert "floe-state-v1" == blob.type
    (named,) = platform.catalog.load_table(TABLE).metadata.statistics
    assert path.stat().st_size == named.file_size_in_bytes
    assert path.read_bytes()[-named.file_footer_size_in_bytes :].startswith(b"PFA1")


def test_the_snapshot_has_little_of_it(platform: Platform) -> None:
    run(platform, MANY)
    snapshot = platform.catalog.load_table(TABLE).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert len(json.dumps(snapshot.summary.additional_properties)) < 4_000


def test_only_the_newest_two_are_named(platform: Platform) -> None:
    for more in range(4):
        run(platform, [*MANY, *({"id": -n, "hour": 5} for n in range(1, more))])
    assert 2 == len(named_files(platform))


@pytest.mark.parametrize("write_mode", ["append", "merge"])
def test_no_row_is_lost_or_doubled_if_the_file_goes(platform: Platform, write_mode: str) -> None:
    def load(rows: list[Row]) -> int:
        options = {"write_mode": write_mode}
        if write_mode == "merge":
            options["source_config"] = {"primary_key": "id"}  # type: ignore[assignment]  # any option
        source = dlt.resource(list(rows), name="orders", incremental=dlt.sources.incremental("hour"))
        result = platform.plugin.run(platform.pipeline(**options), source=source)
        assert result.success, result.errors
        return int(result.rows_loaded)

    load(MANY)
    for path in state_files(platform):
        path.unlink()
    load([*MANY, {"id": 1000, "hour": 6}, {"id": 1001, "hour": 5}])
    assert list(range(1002)) == sorted(row["id"] for row in platform.rows("id"))
    assert "state_lost" in [event.name for event in published_events(platform.telemetry)]
    assert 0 == load([*MANY, {"id": 1000, "hour": 6}])


def test_a_source_with_a_state_of_its_own_is_read_from_its_start_if_the_file_goes(platform: Platform) -> None:
    @dlt.resource(name="orders")
    def orders(upto: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - dlt's own way
        seen = dlt.current.resource_state().setdefault("seen", [])
        new = [n for n in range(upto) if f"key {n} {n**9}" not in seen]
        seen.extend(f"key {n} {n**9}" for n in new)
        yield [{"id": n} for n in new]

    pipeline = platform.pipeline()
    assert platform.plugin.run(pipeline, source=orders(1000)).success
    for path in state_files(platform):
        path.unlink()
    assert platform.plugin.run(pipeline, source=orders(1001)).success
    assert list(range(1001)) == sorted(row["id"] for row in platform.rows("id"))
