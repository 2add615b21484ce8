"""The report of one run of a pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

from floe_ingestion_dlt.domain.evolution import growth
from floe_ingestion_dlt.domain.faults import Context, Fault, describe
from floe_ingestion_dlt.domain.load import Discarded, Receipt, StateCursor, summed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.operations import LoadSettings
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.text_changes import with_text


@final
@dataclass(frozen=True, slots=True)
class TableView:
    """A table at one moment: its columns, its number of rows if known, and the cursor of its state if it has exactly one."""

    schema: TableSchema
    rows: int | None = None
    cursor: StateCursor | None = None


@final
@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a run did to the *table* of its pipeline and to the tables that are nested in it.

    *receipts* has one receipt for each load and table, also for a load that was committed earlier with the same idempotency
    key. *fault* is the fault that ended the run, if it failed, with its category, next step and `retry_after`; loads that were
    committed before stay. *before* and *after* are the table at the start and at the end of the run; None if there was no table
    or the catalog did not answer. *loads* are the ids of the loads, *trace_id* is that of the trace, *retries* is the number of
    retries. *warnings* are the events of the last reading that a user should look at; `warning_text` says each as a sentence. A report
    contains no credentials and no rows, and can be pickled.
    """

    table: TableName
    settings: LoadSettings
    context: Context
    receipts: tuple[Receipt, ...] = ()
    seconds: float = 0.0
    fault: Fault | None = None
    retries: int = 0
    loads: tuple[str, ...] = ()
    trace_id: str | None = None
    before: TableView | None = None
    after: TableView | None = None
    warnings: tuple[LoadWarning, ...] = ()

    @classmethod
    def of(cls, plan: LoadPlan, fault: Fault | None = None) -> LoadReport:
        """The report of a run by *plan* in which nothing was loaded."""
        return cls(plan.table, plan.load_settings, plan.context, fault=fault)

    def with_fault(self, change: Callable[[Fault], Fault]) -> LoadReport:
        """The same report, with the fault changed, if there is one."""
        return self if self.fault is None else replace(self, fault=change(self.fault))

    def with_warnings(self, change: Callable[[str], str]) -> LoadReport:
        """The same report, with the texts of its warnings changed."""
        return replace(self, warnings=with_text(self.warnings, change))

    @property
    def success(self) -> bool:
        """Whether all pending and new rows were committed."""
        return self.fault is None

    @property
    def error(self) -> str | None:
        """The fault as a text, with its place and the next step; None without a fault."""
        return None if self.fault is None else describe(self.fault, self.context)

    @property
    def rows(self) -> int:
        """Rows of the source that were applied to the table; rows of nested tables do not count."""
        return sum(receipt.rows for receipt in self._own)

    @property
    def deleted(self) -> int:
        """Rows of the table that the source has no more (`delete_missing`): they were deleted or flagged, or their versions ended."""
        return sum(receipt.deleted for receipt in self._own)

    @property
    def _own(self) -> tuple[Receipt, ...]:
        """The receipts of the table itself."""
        return tuple(receipt for receipt in self.receipts if receipt.table == self.table)

    @property
    def bytes(self) -> int:
        """Bytes of the data files that were added to all tables."""
        return sum(receipt.bytes for receipt in self.receipts)

    @property
    def snapshots(self) -> tuple[int, ...]:
        """The table's snapshots of the loads, oldest first."""
        return tuple(receipt.snapshot_id for receipt in self._own if receipt.snapshot_id is not None)

    @property
    def cursor(self) -> StateCursor | None:
        """The table's cursor after the run; None if it is not known."""
        return self.after.cursor if self.after else None

    @property
    def discarded(self) -> tuple[Discarded, ...]:
        """The columns of the table whose values the schema contract discarded, with their numbers of rows."""
        return summed(lost for receipt in self._own for lost in receipt.discarded)

    @property
    def new_columns(self) -> TableSchema:
        """The columns that were added or widened since the start of the run, with their types now; all columns of a new table."""
        if self.after is None:
            return NO_COLUMNS
        return growth(self.before.schema if self.before else NO_COLUMNS, self.after.schema)
