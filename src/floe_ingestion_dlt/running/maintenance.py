"""What is done to tables besides loading them: each is recorded as an operation, and raises an exception for a fault."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, final

from returns.result import Result

from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain import operations
from floe_ingestion_dlt.domain.faults import Context, Fault, Invalid
from floe_ingestion_dlt.domain.load_state import LoadState
from floe_ingestion_dlt.domain.resets import ResetReport, Target
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.ports.destination import Catalogs, Leftover
from floe_ingestion_dlt.ports.pipeline_states import PipelineStates
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.ports.verification import CursorIn
from floe_ingestion_dlt.running.failures import Failures
from floe_ingestion_dlt.running.leftovers import leftovers_in
from floe_ingestion_dlt.running.load_states import load_state_of
from floe_ingestion_dlt.running.resets import Reset
from floe_ingestion_dlt.running.verification import Verification, redacted, verification_of

ValueT = TypeVar("ValueT")


@final
@dataclass(frozen=True, slots=True)
class Maintenance:
    """One *operation* on the table or namespace of this *name*; nothing is done if the settings that were *read* are not valid."""

    telemetry: Telemetry
    failures: Failures
    read: Result[DltIngestionConfig, Invalid]
    operation: operations.Operation
    name: str

    def remove_leftovers(
        self, catalogs: Catalogs, older_than: timedelta, *, dry_run: bool
    ) -> tuple[Leftover, ...]:
        """The files that killed and refused loads left in the namespace; they are deleted, unless it is a *dry_run*."""

        def act() -> Result[tuple[Leftover, ...], Fault]:
            levels = tuple(self.name.split("."))
            return leftovers_in(catalogs.destination, levels, older_than, remove=not dry_run)

        def figures(removed: tuple[Leftover, ...]) -> operations.Detail:
            return operations.LeftoversRemoved(len(removed), sum(file.bytes for file in removed))

        return self._done(act, figures)

    def verify(self, catalogs: Catalogs, cursor_in: CursorIn, *, rows: bool) -> Verification:
        """The damage in the tables, without credentials."""

        def act() -> Result[Verification, Fault]:
            found = verification_of(self.name, catalogs.destination, cursor_in, rows=rows)
            return found.map(lambda report: redacted(report, self.failures.redactor.redact))

        return self._done(act, lambda report: report.figures)

    def state(self, catalogs: Catalogs, states: PipelineStates) -> LoadState:
        """The state of the table, without credentials."""

        def act() -> Result[LoadState, Fault]:
            found = load_state_of(self.name, catalogs.destination, states)
            return found.map(lambda state: with_text(state, self.failures.redactor.redact))

        return self._done(act, lambda state: operations.StateFound(len(state.loads), state.files))

    def reset(self, catalogs: Catalogs, states: PipelineStates, to: Target) -> ResetReport:
        """What the reset of the table has done, without credentials."""

        def act() -> Result[ResetReport, Fault]:
            done = Reset(f"reset-{uuid.uuid4()}", catalogs.destination, states).done(self.name, to)
            return done.map(lambda report: with_text(report, self.failures.redactor.redact))

        return self._done(act, lambda report: operations.LoadsUndone(report.loads, report.rows))

    def _done(
        self,
        act: Callable[[], Result[ValueT, Fault]],
        figures: Callable[[ValueT], operations.Detail],
    ) -> ValueT:
        """The value of *act*, whose *figures* are noted."""
        where = Context(destination_table=self.name)
        with self.telemetry.operation(self.operation, where) as ongoing:
            self.failures.raise_for(self.read, where, ongoing)
            value = self.failures.raise_for(act(), where, ongoing)
            ongoing.note(figures(value))
            return value
