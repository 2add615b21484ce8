"""Runs as OpenTelemetry metrics; without an SDK they cost nothing.

Counters and histograms with units, as the platform's recorder makes them, under names that begin with `floe.ingestion.`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, final

from opentelemetry import metrics

from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.ports.telemetry import Attribute, Telemetry

PREFIX: Final = "floe.ingestion."
# What of a run or a commit is told as a label; the rest are figures, or are different every time.
LABELS: Final = ("write_mode", "schema_contract")


@final
class MetricTelemetry:
    """What the operations `run` and `commit` come to, and the events of retries and of discarded values, in figures."""

    def __init__(self, meter: metrics.Meter | None = None) -> None:
        make = meter or metrics.get_meter("floe_ingestion_dlt")
        self._meter = make
        self._loads = make.create_counter(PREFIX + "loads", "1", "Runs, by outcome and category of fault")
        self._rows = make.create_counter(PREFIX + "rows", "{row}", "Rows applied to destination tables")
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
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[_Measured]:
        measured = _Measured(dict(attributes))
        try:
            yield measured
        except BaseException:
            measured.has_burst = True
            raise
        finally:
            if name == "run":
                self._tell_run(measured, _labels(context, measured.attributes))
            elif name == "commit":
                attempts = measured.number("attempts")
                self._attempts.add(attempts, _labels(context, measured.attributes))

    def _tell_run(self, run: _Measured, labels: dict[str, Attribute]) -> None:
        outcome = {"outcome": run.outcome, "category": run.category}
        self._loads.add(1, {**labels, **outcome})
        self._rows.add(run.number("rows_loaded"), labels)
        self._bytes.add(run.number("bytes_written"), labels)
        self._duration.record(run.number("duration_seconds"), {**labels, **outcome})

    def event(
        self,
        name: str,
        context: Context,
        attributes: Mapping[str, Attribute],
        *,
        error: bool = False,  # noqa: ARG002 - figures have no level
    ) -> None:
        if name == "ingestion_retry":
            self._retries.add(1, {**_labels(context, {}), "step": attributes["step"]})
        elif name == "values_discarded":
            where = {key: attributes[key] for key in ("table", "column")}
            self._discarded.add(int(attributes["rows"]), {**_labels(context, {}), **where})

    def carried(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        return None


@final
class _Measured:
    def __init__(self, attributes: dict[str, Attribute]) -> None:
        self.attributes = attributes
        self.has_burst = False
        self._fault: Fault | None = None

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self.attributes.update(attributes)

    def fail(self, fault: Fault) -> None:
        self._fault = fault

    def number(self, name: str) -> float:
        found = self.attributes.get(name, 0)
        return found if isinstance(found, int | float) else 0

    @property
    def outcome(self) -> str:
        return "failed" if self._fault is not None or self.has_burst else "success"

    @property
    def category(self) -> str:
        """Why a run failed; an empty text for one that did not."""
        if self._fault is not None:
            return self._fault.category.value
        return "PERMANENT" if self.has_burst else ""


def _labels(context: Context, attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {
        "floe.namespace": context.destination_table.rpartition(".")[0],
        "source_type": context.source_type,
        "destination_table": context.destination_table,
        **{key: attributes[key] for key in LABELS if key in attributes},
    }
