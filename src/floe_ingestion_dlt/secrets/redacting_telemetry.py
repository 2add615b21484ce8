"""Telemetry that redacts what it records, and never fails."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Final, TypeAlias, TypeVar, final

from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry

LOG: Final = logging.getLogger(__name__)

Redact: TypeAlias = Callable[[str], str]
ValueT = TypeVar("ValueT")


@final
class RedactingTelemetry:
    """Records with *telemetry* after *redact* was applied to each text.

    Exceptions of *telemetry* are logged and not raised: a load must not fail because it could not be recorded.
    """

    def __init__(self, telemetry: Telemetry, redact: Redact) -> None:
        self._telemetry, self._redact = telemetry, redact

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[OngoingOperation]:
        ends = ExitStack()
        ongoing = _safely(lambda: ends.enter_context(self._begun(operation, context)))
        try:
            yield _RedactingOperation(ongoing, self._redact)
        except BaseException as error:
            _safely(partial(ends.__exit__, type(error), error, error.__traceback__), unless=error)
            raise
        else:
            _safely(ends.close)

    def _begun(self, operation: Operation, context: Context) -> AbstractContextManager[OngoingOperation]:
        return self._telemetry.operation(with_text(operation, self._redact), context)

    def record(self, event: Event, context: Context) -> None:
        _safely(lambda: self._telemetry.record(with_text(event, self._redact), context))

    def for_other_threads(self) -> Telemetry:
        return RedactingTelemetry(self._telemetry.for_other_threads(), self._redact)

    def trace_id(self) -> str | None:
        return _safely(self._telemetry.trace_id)


@final
class _RedactingOperation:
    """An operation that *ongoing* records; None if telemetry failed when it began."""

    def __init__(self, ongoing: OngoingOperation | None, redact: Redact) -> None:
        self._ongoing, self._redact = ongoing, redact

    def note(self, detail: Detail) -> None:
        if (ongoing := self._ongoing) is not None:
            _safely(lambda: ongoing.note(with_text(detail, self._redact)))

    def fail(self, fault: Fault) -> None:
        if (ongoing := self._ongoing) is not None:
            _safely(lambda: ongoing.fail(with_text(fault, self._redact)))


def _safely(record: Callable[[], ValueT], unless: BaseException | None = None) -> ValueT | None:
    """The result of *record*; None if it raises. The exception is logged, unless it is the one that was to be recorded."""
    try:
        return record()
    except Exception as failed:  # noqa: BLE001 - the edge to telemetry, which may be anybody's
        if failed is not unless:
            LOG.warning("telemetry failed: %s", type(failed).__name__)
        return None
