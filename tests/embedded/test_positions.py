"""A source without a cursor is read on from its own position, which moves with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult

from floe_ingestion_dlt.adapters.memory import MemorySource
from floe_ingestion_dlt.adapters.sources import registry
from floe_ingestion_dlt.sources import Category, Options, Position, Secret, SourceFailed, SourceKind
from tests.platforms import TABLE, Platform

ROWS: list[Mapping[str, object]] = [{"id": n} for n in range(1, 6)]
BUSY = SourceFailed("the source is busy", Category.TRANSIENT, "Wait.")
TORN = SourceFailed("row 3 is torn", Category.PERMANENT, "Fix it.")


@dataclass(frozen=True)
class InMemory:
    type: str = "memory"
    resources: tuple[str, ...] = ("rows",)
    may_nest: bool = False

    def is_read_from(self, _place: str) -> bool:
        return False


class NoOptions(Options):
    def source(self, credentials: Secret | None) -> InMemory:  # noqa: ARG002 - it needs none
        return InMemory()


def register(source: MemorySource, monkeypatch: pytest.MonkeyPatch) -> None:
    kind: SourceKind[InMemory] = SourceKind("memory", NoOptions.model_validate, lambda _: source)
    monkeypatch.setattr(registry, "KINDS", (*registry.KINDS, kind))


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> MemorySource:
    made = MemorySource({"rows": ROWS[:3]})
    register(made, monkeypatch)
    return made


def load(platform: Platform, **options: Any) -> IngestionResult:
    config = IngestionConfig(source_type="memory", destination_table=TABLE, **options)
    return platform.plugin.run(platform.plugin.create_pipeline(config))


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in platform.rows("id")]


def test_what_is_new_is_loaded_on_whatever_host(platform: Platform, source: MemorySource) -> None:
    assert 3 == load(platform).rows_loaded
    platform.forget_local_state()
    source.rows["rows"] = ROWS
    assert 2 == load(platform).rows_loaded
    assert 0 == load(platform).rows_loaded
    assert [1, 2, 3, 4, 5] == ids(platform)


def test_a_position_is_acknowledged_when_its_rows_are_committed(
    platform: Platform, source: MemorySource
) -> None:
    load(platform)
    assert [("rows", Position(3))] == source.acknowledged


def test_a_plan_acknowledges_nothing(platform: Platform, source: MemorySource) -> None:
    config = IngestionConfig(source_type="memory", destination_table=TABLE)
    plan = platform.plugin.plan(platform.plugin.create_pipeline(config))
    assert (True, 3) == (plan.success, plan.rows)
    assert [] == source.acknowledged


def test_an_acknowledgement_that_fails_is_made_again_and_then_reported(
    platform: Platform, source: MemorySource
) -> None:
    source.refusals = [BUSY] * 9
    result = load(platform)
    assert (False, 3) == (result.success, result.rows_loaded)
    assert "is busy" in result.errors[0]
    source.refusals = [BUSY]
    source.rows["rows"] = ROWS
    assert 2 == load(platform).rows_loaded
    assert [("rows", Position(5))] == source.acknowledged


def test_a_load_that_is_refused_is_not_acknowledged_and_read_again(
    platform: Platform, source: MemorySource
) -> None:
    load(platform)
    source.rows["rows"] = [*ROWS[:3], {"id": 4, "name": "dan"}]
    assert not load(platform, schema_contract="freeze").success
    assert 1 == len(source.acknowledged)
    assert 1 == load(platform).rows_loaded
    assert Position(4) == source.acknowledged[-1][1]


def test_a_read_that_fails_loads_nothing_and_is_made_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = MemorySource({"rows": ROWS}, failures=[(TORN, 3)])
    register(torn, monkeypatch)
    (error,) = load(platform).errors
    assert "row 3 is torn" in error
    assert [] == torn.acknowledged
    assert 5 == load(platform).rows_loaded


def test_the_position_goes_back_with_the_table(platform: Platform, source: MemorySource) -> None:
    load(platform)
    source.rows["rows"] = ROWS
    load(platform)
    platform.roll_back()
    assert 2 == load(platform).rows_loaded
    assert [1, 2, 3, 4, 5] == ids(platform)


@pytest.mark.usefixtures("source")
def test_a_table_that_is_replaced_is_read_from_the_beginning(platform: Platform) -> None:
    load(platform)
    assert 3 == load(platform, write_mode="replace").rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_a_history_is_read_from_the_beginning(platform: Platform, source: MemorySource) -> None:
    """Versions of rows that are not read would end."""
    merge = {"write_mode": "merge", "source_config": {"primary_key": "id", "merge_strategy": "scd2"}}
    load(platform, **merge)
    source.rows["rows"] = ROWS
    load(platform, **merge)
    rows = platform.catalog.load_table(TABLE).scan().to_arrow()
    assert [None] * 5 == rows["_dlt_valid_to"].to_pylist()


@pytest.mark.usefixtures("source")
def test_with_a_cursor_the_rows_at_its_last_value_are_loaded_once(platform: Platform) -> None:
    options = {"source_config": {"cursor_field": "id"}}
    assert 3 == load(platform, **options).rows_loaded
    assert 0 == load(platform, **options).rows_loaded
