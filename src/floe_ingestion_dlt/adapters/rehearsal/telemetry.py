"""What a run that is tried records: nothing, but what it would change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from floe_ingestion_dlt.domain.events import Event, SchemaChanged, SchemaChangeDiscarded
from floe_ingestion_dlt.domain.faults import Context, Fault
from floe_ingestion_dlt.domain.operations import Detail, Operation, RowsHandled
from floe_ingestion_dlt.domain.run_plan import PlannedChange
from floe_ingestion_dlt.ports.telemetry import OngoingOperation, Telemetry


@final
class RehearsalTelemetry:
    """Keeps the changes of tables, and records nothing: no load is made."""

    def __init__(self) -> None:
        self.changes: list[PlannedChange] = []
        self.rows = 0

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[OngoingOperation]:  # noqa: ARG002 - the port has it
        yield _Noted(self)

    def record(self, event: Event, context: Context) -> None:  # noqa: ARG002 - as above
        match event:
            case SchemaChanged():
                self.changes.append(PlannedChange(event.table, event.change))
            case SchemaChangeDiscarded():
                self.changes.append(PlannedChange(event.table, event.change, is_discarded=True))
            case _:
                pass

    def for_other_threads(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        return None


@final
class _Noted:
    """Keeps how many rows were read."""

    def __init__(self, of: RehearsalTelemetry) -> None:
        self._of = of

    def note(self, detail: Detail) -> None:
        if isinstance(detail, RowsHandled):
            self._of.rows = max(self._of.rows, detail.rows)

    def fail(self, fault: Fault) -> None: ...
