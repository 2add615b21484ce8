"""Operations and events as structlog lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import assert_never, final

import structlog

from floe_ingestion_dlt.adapters.telemetry.names import (
    Entry,
    Level,
    detail_attributes,
    event_entry,
    operation_entry,
)
from floe_ingestion_dlt.adapters.telemetry.spans import trace_id_in
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault, Unforeseen, kind_of
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.ports.telemetry import Telemetry


@final
class LogTelemetry:
    """Writes one line when an operation ends, and one for each event, with the id of their trace."""

    def __init__(self, trace_id: str | None = None) -> None:
        self._log = structlog.get_logger("floe_ingestion_dlt")
        self._trace_id = trace_id

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[_LoggedOperation]:
        ongoing = _LoggedOperation(operation_entry(operation))
        try:
            yield ongoing
        except BaseException as error:
            ongoing.end_by(error)
            raise
        finally:
            ongoing.write(self._log, self._place(context))

    def record(self, event: Event, context: Context) -> None:
        entry = event_entry(event)
        _line(self._log, entry.level)(entry.name, **self._place(context), **entry.attributes)

    def for_other_threads(self) -> Telemetry:
        return LogTelemetry(self.trace_id())

    def trace_id(self) -> str | None:
        return trace_id_in() or self._trace_id

    def _place(self, context: Context) -> dict[str, str]:
        place = {
            "pipeline_id": context.pipeline_name,
            "source_type": context.source_type,
            "destination_table": context.destination_table,
        }
        trace_id = self.trace_id()
        return place if trace_id is None else {**place, "trace_id": trace_id}


@final
class _LoggedOperation:
    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._attributes = dict(entry.attributes)
        self._fault: Fault | None = None

    def note(self, detail: Detail) -> None:
        self._attributes.update(detail_attributes(detail))

    def fail(self, fault: Fault) -> None:
        self._fault = fault

    def end_by(self, error: BaseException) -> None:
        """Mark the operation as failed, with the error's type only, because its text may have credentials in it."""
        self._fault = self._fault or Unforeseen(type(error).__name__)

    def write(self, log: structlog.stdlib.BoundLogger, place: Mapping[str, str]) -> None:
        if self._fault is None:
            line = _line(log, self._entry.level)
            line(self._entry.name, status="success", **place, **self._attributes)
            return
        log.error(
            self._entry.name,
            status="failed",
            fault=kind_of(self._fault),
            error=self._fault.message,
            category=self._fault.category.value,
            next_step=self._fault.next_step,
            **place,
            **self._attributes,
        )


def _line(log: structlog.stdlib.BoundLogger, level: Level) -> Callable[..., object]:
    """The method that writes a line at this level."""
    match level:
        case Level.DEBUG:
            return log.debug
        case Level.INFO:
            return log.info
        case Level.WARNING:
            return log.warning
        case Level.ERROR:
            return log.error
        case _:
            assert_never(level)
