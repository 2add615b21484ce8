"""Operations and events as lines of structlog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import final

import structlog

from floe_ingestion_dlt.domain.faults import Context, Fault, Unforeseen
from floe_ingestion_dlt.ports.telemetry import Attribute


@final
class LogTelemetry:
    """One line when an operation ends, and one for each event."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("floe_ingestion_dlt")

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
            operation.tell(self._log, name, context)

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        line = self._log.error if error else self._log.info
        line(name, **_place(context), **attributes)


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

    def tell(self, log: structlog.stdlib.BoundLogger, name: str, context: Context) -> None:
        if self._fault is None:
            log.info(name, status="success", **_place(context), **self._attributes)
            return
        log.error(
            name,
            status="failed",
            error=self._fault.message,
            category=self._fault.category.value,
            next_step=self._fault.next_step,
            **_place(context),
            **self._attributes,
        )


def _place(context: Context) -> dict[str, str]:
    return {
        "pipeline_id": context.pipeline_name,
        "source_type": context.source_type,
        "destination_table": context.destination_table,
    }
