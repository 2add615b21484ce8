"""Runs as OpenTelemetry metrics; without an SDK nothing is measured.

Counters and histograms with units, as in the platform's recorder; their names begin with `floe.ingestion.`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, final

from opentelemetry import metrics

from floe_ingestion_dlt.adapters.telemetry.names import (
    Attribute,
    Attributes,
    detail_attributes,
    event_entry,
    operation_entry,
)
from floe_ingestion_dlt.domain.events import Event, Retried, ValuesDiscarded
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Commit, CommitsSent, Detail, Operation, Run, RunEnded
from floe_ingestion_dlt.ports.telemetry import Telemetry

PREFIX: Final = "floe.ingestion."
# The attributes of a run that are labels; the others are figures, or differ in every run.
LABELS: Final = ("write_mode", "schema_contract")


@final
class MetricTelemetry:
    """Measures runs and commits, and counts retries and discarded values."""

    def __init__(self, meter: metrics.Meter | None = None) -> None:
        make = meter or metrics.get_meter("floe_ingestion_dlt")
        self._meter = make
        self._loads = make.create_counter(PREFIX + "loads", "1", "Runs, by outcome and category of fault")
        self._rows = make.create_counter(PREFIX + "rows", "{row}", "Rows applied to destination tables")
        self._deleted = make.create_counter(
            PREFIX + "rows_deleted", "{row}", "Rows that were gone in the source, and deleted or flagged"
        )
        self._bytes = make.create_counter(PREFIX + "bytes", "By", "Bytes of data files added")
        self._duration = make.create_histogram(PREFIX + "duration", "s", "Time that a run takes")
        self._retries = make.create_counter(PREFIX + "retries", "{retry}", "What was tried again, by step")
        self._discarded = make.create_counter(
            PREFIX + "discarded_values", "{value}", "Values that a schema contract kept out, by column"
        )
        self._attempts = make.create_counter(
            PREFIX + "commit_attempts",
            "{attempt}",
            "Commits sent to the catalog, those that lost a race included",
        )

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[_Measured]:
        measured = _Measured(operation_entry(operation).attributes)
        try:
            yield measured
        except BaseException:
            measured.was_cut_short = True
            raise
        finally:
            self._measure(operation, measured, _labels(context, measured.attributes))

    def _measure(self, operation: Operation, measured: _Measured, labels: dict[str, Attribute]) -> None:
        match operation:
            case Run():
                outcome = {"outcome": measured.outcome, "category": measured.category}
                self._loads.add(1, {**labels, **outcome})
                self._rows.add(measured.run.rows, labels)
                self._deleted.add(measured.run.deleted, labels)
                self._bytes.add(measured.run.bytes, labels)
                self._duration.record(measured.run.seconds, {**labels, **outcome})
            case Commit():
                self._attempts.add(measured.attempts, labels)
            case _:  # other operations have no metric
                return

    def record(self, event: Event, context: Context) -> None:
        attributes, labels = event_entry(event).attributes, _labels(context, {})
        match event:
            case Retried():
                self._retries.add(1, {**labels, "step": attributes["step"]})
            case ValuesDiscarded():
                where = {key: attributes[key] for key in ("table", "column")}
                self._discarded.add(event.rows, {**labels, **where})
            case _:  # other events have no metric
                return

    def for_other_threads(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        return None


@final
class _Measured:
    def __init__(self, attributes: Attributes) -> None:
        self.attributes = dict(attributes)
        self.run = RunEnded(rows=0, bytes=0, seconds=0.0, retries=0)
        self.attempts = 0
        self.was_cut_short = False
        self._fault: Fault | None = None

    def note(self, detail: Detail) -> None:
        self.attributes.update(detail_attributes(detail))
        match detail:
            case RunEnded():
                self.run = detail
            case CommitsSent():
                self.attempts = detail.attempts
            case _:  # other details have no metric
                return

    def fail(self, fault: Fault) -> None:
        self._fault = fault

    @property
    def outcome(self) -> str:
        return "failed" if self._fault is not None or self.was_cut_short else "success"

    @property
    def category(self) -> str:
        """The category of the fault; empty if the run did not fail."""
        if self._fault is not None:
            return self._fault.category.value
        return "PERMANENT" if self.was_cut_short else ""


def _labels(context: Context, attributes: Attributes) -> dict[str, Attribute]:
    return {
        "floe.namespace": context.destination_table.rpartition(".")[0],
        "source_type": context.source_type,
        "destination_table": context.destination_table,
        **{key: attributes[key] for key in LABELS if key in attributes},
    }
