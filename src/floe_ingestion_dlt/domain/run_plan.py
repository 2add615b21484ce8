"""What a run would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

from floe_ingestion_dlt.domain.faults import Context, Fault, SchemaChange, describe
from floe_ingestion_dlt.domain.load import Discarded
from floe_ingestion_dlt.domain.load_state import ResourceCursor
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.operations import LoadSettings
from floe_ingestion_dlt.domain.text_changes import with_text


@final
@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change of a table's columns. If it *is_discarded*, the contract keeps it out of the table, and the values are left out."""

    table: TableName
    change: SchemaChange
    is_discarded: bool = False


@final
@dataclass(frozen=True, slots=True)
class TableSample:
    """Rows that a run would write to the *table*: of each row, its value in each of the *columns*."""

    table: TableName
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@final
@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run of a pipeline would do to the *table* and to those that are nested in it; nothing was written.

    It was found from so many rows that were *read*, of which *rows* would be loaded; if the source *has_more*, from its first ones only. *is_new* says that there is no table yet;
    otherwise it has so many data *files*, of which a merge writes those again that have rows with the same keys. *before* and *after* are the
    last values of the cursor in the table and in the rows that were read. *samples* are rows of this table and of those nested in it, if they
    were asked for. *fault* says why the run would fail.
    """

    table: TableName
    settings: LoadSettings
    context: Context
    rows: int = 0
    read: int = 0
    has_more: bool = False
    is_new: bool = False
    files: int = 0
    changes: tuple[PlannedChange, ...] = ()
    discarded: tuple[Discarded, ...] = ()
    before: tuple[ResourceCursor, ...] = ()
    after: tuple[ResourceCursor, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()
    samples: tuple[TableSample, ...] = ()
    fault: Fault | None = None

    @property
    def success(self) -> bool:
        """Whether the run would load these rows."""
        return self.fault is None

    @property
    def error(self) -> str | None:
        """Why the run would fail, with the next step."""
        return None if self.fault is None else describe(self.fault, self.context)

    def redacted(self, redact: Callable[[str], str]) -> RunPlan:
        """The same plan, with the texts of its fault and its warnings changed."""
        fault = None if self.fault is None else with_text(self.fault, redact)
        changes = with_text(self.changes, redact)
        return replace(self, fault=fault, changes=changes, warnings=with_text(self.warnings, redact))
