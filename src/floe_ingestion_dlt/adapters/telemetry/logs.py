"""Operations and events as lines of structlog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, final

import structlog

from floe_ingestion_dlt.adapters.telemetry.spans import trace_id_in
from floe_ingestion_dlt.domain.faults import Context, Fault, Unforeseen, kind_of
from floe_ingestion_dlt.ports.telemetry import Attribute, Telemetry

# Parts of a run, of which there may be as many as there are files, are told at level DEBUG while all goes well.
PARTS: Final = frozenset({"extract", "normalize", "stage", "commit"})
# What a person should look at, though the run goes on.
WARNINGS: Final = frozenset({"connection_not_encrypted", "session_setting_refused"})


@final
class LogTelemetry:
    """One line when an operation ends, and one for each event, with the trace that it belongs to."""

    def __init__(self, trace_id: str | None = None) -> None:
        self._log = structlog.get_logger("floe_ingestion_dlt")
        self._carried = trace_id

    @contextmanager
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[_LoggedOperation]:
        operation = _LoggedOperation(dict(attributes))
        try:
            yield operation
        except BaseException as error:
            operation.end_by(error)
            raise
        finally:
            operation.tell(self._log, name, self._place(context))

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        calm = self._log.warning if name in WARNINGS else self._log.info
        line = self._log.error if error else calm
        line(name, **self._place(context), **attributes)

    def carried(self) -> Telemetry:
        return LogTelemetry(self.trace_id())

    def trace_id(self) -> str | None:
        return trace_id_in() or self._carried

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
    def __init__(self, attributes: dict[str, Attribute]) -> None:
        self._attributes = attributes
        self._fault: Fault | None = None

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self._attributes.update(attributes)

    def fail(self, fault: Fault) -> None:
        self._fault = fault

    def end_by(self, error: BaseException) -> None:
        """Mark the operation as failed, by the error's type alone: its text may hold anything."""
        self._fault = self._fault or Unforeseen(type(error).__name__)

    def tell(self, log: structlog.stdlib.BoundLogger, name: str, place: Mapping[str, str]) -> None:
        if self._fault is None:
            line = log.debug if name in PARTS else log.info
            line(name, status="success", **place, **self._attributes)
            return
        log.error(
            name,
            status="failed",
            fault=kind_of(self._fault),
            error=self._fault.message,
            category=self._fault.category.value,
            next_step=self._fault.next_step,
            **place,
            **self._attributes,
        )
