"""What runs come to in figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from floe_ingestion_dlt.adapters.telemetry.metrics import MetricTelemetry
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.events import Retried, SchemaChanged, ValuesDiscarded
from floe_ingestion_dlt.domain.faults import Category, Context, SchemaChange, SourceFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.operations import (
    Commit,
    CommitsSent,
    FilesStaged,
    LoadSettings,
    Run,
    RunEnded,
    Stage,
)
from floe_ingestion_dlt.domain.retry_policy import Step
from floe_ingestion_dlt.domain.write_modes import Append

CONTEXT = Context("rest_api", "bronze.orders", "bronze-orders")
PLACE = {"floe.namespace": "bronze", "source_type": "rest_api", "destination_table": "bronze.orders"}
RUN = Run(LoadSettings(Append(), SchemaContract.EVOLVE))
MODES = {"write_mode": "append", "schema_contract": "evolve"}
ENDED = RunEnded(rows=3, bytes=70, seconds=1.5, retries=2)
LINES = TableName(("bronze",), "orders__lines")
BUSY = SourceFailed("busy", Category.TRANSIENT, "Wait.")


class Measured:
    def __init__(self) -> None:
        self._reader = InMemoryMetricReader()
        self.telemetry = MetricTelemetry(MeterProvider([self._reader]).get_meter("test"))

    def run(self, fault: SourceFailed | None = None) -> None:
        with self.telemetry.operation(RUN, CONTEXT) as ongoing:
            ongoing.note(ENDED)
            if fault is not None:
                ongoing.fail(fault)

    def points(self, name: str) -> list[tuple[Any, Mapping[str, Any]]]:
        data = self._reader.get_metrics_data()
        found: list[Any] = [
            point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == f"floe.ingestion.{name}"
            for point in metric.data.data_points
        ]
        return [(getattr(p, "value", None) or getattr(p, "sum", 0), dict(p.attributes or {})) for p in found]


@pytest.fixture
def measured() -> Measured:
    return Measured()


def test_rows_and_bytes_add_up_by_table_and_mode(measured: Measured) -> None:
    measured.run()
    measured.run()
    assert [(6, PLACE | MODES)] == measured.points("rows")
    assert [(140, PLACE | MODES)] == measured.points("bytes")


def test_loads_are_counted_by_outcome_and_category(measured: Measured) -> None:
    measured.run()
    measured.run(BUSY)
    with pytest.raises(KeyError), measured.telemetry.operation(RUN, CONTEXT):
        raise KeyError
    outcomes = {(p["outcome"], p["category"]): count for count, p in measured.points("loads")}
    assert {("success", ""): 1, ("failed", "TRANSIENT"): 1, ("failed", "PERMANENT"): 1} == outcomes


def test_the_time_of_a_run_is_told_with_its_outcome(measured: Measured) -> None:
    measured.run(BUSY)
    outcome = {"outcome": "failed", "category": "TRANSIENT"}
    assert [(1.5, PLACE | MODES | outcome)] == measured.points("duration")


def test_retries_are_counted_by_step(measured: Measured) -> None:
    for _ in range(2):
        measured.telemetry.record(Retried(Step.REQUEST, 1, 1.0, BUSY), CONTEXT)
    assert [(2, PLACE | {"step": "request"})] == measured.points("retries")


def test_discarded_values_are_counted_by_column(measured: Measured) -> None:
    measured.telemetry.record(ValuesDiscarded(LINES, "sku", 4), CONTEXT)
    where = {"table": "bronze.orders__lines", "column": "sku"}
    assert [(4, PLACE | where)] == measured.points("discarded_values")


def test_commits_are_counted_with_those_that_lost_a_race(measured: Measured) -> None:
    with measured.telemetry.operation(Commit("1", (LINES,)), CONTEXT) as ongoing:
        ongoing.note(CommitsSent(3))
    assert [(3, PLACE)] == measured.points("commit_attempts")


def test_other_operations_and_events_are_not_measured(measured: Measured) -> None:
    with measured.telemetry.operation(Stage(LINES, "1"), CONTEXT) as ongoing:
        ongoing.note(FilesStaged(rows=3, bytes=70, files=1))
        ongoing.fail(BUSY)
    change = SchemaChange("new column a (long)", "a", "long")
    measured.telemetry.record(SchemaChanged(LINES, change, SchemaContract.EVOLVE), CONTEXT)
    assert [] == [point for name in ("loads", "rows", "retries") for point in measured.points(name)]


def test_without_an_sdk_telling_fails_nothing() -> None:
    with MetricTelemetry().operation(RUN, CONTEXT) as ongoing:
        ongoing.note(ENDED)
    assert MetricTelemetry().trace_id() is None
