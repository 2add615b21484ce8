"""Load plans: a configured source has units of one resource, one pipeline and one root table each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.column_names import NameStyle
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.cursors import NO_OPTIONS, CursorOptions
from floe_ingestion_dlt.domain.events import CursorUnused, KeyUnused
from floe_ingestion_dlt.domain.faults import Context, Invalid
from floe_ingestion_dlt.domain.names import TableName, pipeline_name
from floe_ingestion_dlt.domain.operations import LoadSettings
from floe_ingestion_dlt.domain.slices import Part
from floe_ingestion_dlt.domain.source_columns import NO_CHANGES, SourceColumns
from floe_ingestion_dlt.domain.sources import SourceSettings, compared_columns
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append, DeleteMissing, Merge, Replace, WriteMode, name_of

_ONE_RESOURCE: Final = "one resource, because a pipeline loads one: use a config of plugin.units(source), or set source_config.resource"


@final
@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One unit of ingestion: which *resource* of a source goes to which table, and how.

    *name* is that of the configured source, if there is one. *load_id* is the id of the run's load, so that another run with the
    same id loads nothing; without it, each run has a new id. With *is_chosen*, only this resource of the source is loaded.
    Only the rows of the *window* are read, if there is one. They replace the table's rows in the window, or are merged by key.
    Only the rows of the *part* are read, if there is one. New columns get *names* in this style. *columns* says what
    becomes of the source's columns before rows are stored.
    *unused_key* is a configured key that the mode does not use. *cursor_options* are those of the cursor. A load that *is_refresh* replaces the table's rows and its state.
    """

    source: SourceSettings
    resource: str
    table: TableName
    mode: WriteMode
    contract: SchemaContract = SchemaContract.EVOLVE
    cursor: str | None = None
    load_id: str | None = None
    name: str | None = None
    is_chosen: bool = False
    window: Window | None = None
    part: Part | None = None
    names: NameStyle = NameStyle.SNAKE_CASE
    columns: SourceColumns = NO_CHANGES
    unused_key: tuple[str, ...] = ()
    cursor_options: CursorOptions = NO_OPTIONS
    is_refresh: bool = False

    @property
    def follows_rows(self) -> bool:
        """Whether rows of the table must be read, because only some of them are replaced."""
        return self.window is not None or isinstance(self.mode, Merge)

    @property
    def deletes_missing(self) -> DeleteMissing | None:
        """What becomes of rows that are gone in the source; None if this load looks for none.

        The rows of a window are not all rows of the source, and a refresh replaces all rows.
        """
        is_partial = self.window is not None or self.is_refresh
        return None if is_partial or not isinstance(self.mode, Merge) else self.mode.missing

    @property
    def soft_delete(self) -> str | None:
        """The column that says which rows are gone in the source; loaded rows are not."""
        missing = self.mode.missing if isinstance(self.mode, Merge) else None
        return None if missing is None else missing.soft_delete

    def in_mode(self, mode: WriteMode) -> LoadPlan:
        """The plan with another write mode."""
        return replace(self, mode=mode, unused_key=() if isinstance(mode, Merge) else self.unused_key)

    def as_refresh(self) -> LoadPlan:
        """The plan of a load that replaces the table's rows by those that the source has now, and its state."""
        mode = Replace() if isinstance(self.mode, Append) else self.mode
        return replace(self, mode=mode, is_refresh=True)

    def on_cursor(self, column: str | None) -> LoadPlan:
        """The plan with the cursor on this column; options belong to their own column."""
        return self if column == self.cursor else replace(self, cursor=column, cursor_options=NO_OPTIONS)

    @property
    def limits(self) -> CursorOptions:
        """The cursor's options for this load: one that replaces all rows reads all of them, and one without a cursor has none."""
        if self.cursor is None:
            return NO_OPTIONS
        reads_all = isinstance(self.mode, Replace) and not self.is_refresh
        return self.cursor_options.of_all_rows if reads_all else self.cursor_options

    @property
    def follows_source(self) -> bool:
        """Whether columns may get other types, because all rows of the table are replaced."""
        replaces_all = self.is_refresh or isinstance(self.mode, Replace)
        return replaces_all and self.contract is SchemaContract.EVOLVE and self.window is None

    @property
    def unused_settings(self) -> tuple[KeyUnused | CursorUnused, ...]:
        """The configured settings that loads in this mode do not use."""
        if self.is_refresh:
            return ()
        mode = name_of(self.mode)
        key = (KeyUnused(self.unused_key, mode),) if self.unused_key else ()
        reads_all = self.cursor is not None and isinstance(self.mode, Replace)
        return (*key, *((CursorUnused(str(self.cursor), mode),) if reads_all else ()))

    @property
    def not_stored(self) -> Invalid | None:
        """Refuses a cursor, a window or an option of the source whose column is not stored."""
        window = self.window.column if self.window else None
        columns = {"cursor_field": self.cursor, "window": window, **compared_columns(self.source)}
        found = (self.columns.not_stored(name, column) for name, column in columns.items() if column)
        return next(filter(None, found), None) or self._key_not_stored

    @property
    def _key_not_stored(self) -> Invalid | None:
        """Refuses a key that is left out, if rows are found by it that are gone; a key that is hashed has equal hashes."""
        if self.deletes_missing is None or not isinstance(self.mode, Merge):
            return None
        given = [column for column in self.mode.key if column not in self.columns.renamed.values()]
        dropped = [column for column, plan in self.columns.of(given).items() if plan.is_dropped]
        wanted = "columns whose values are stored, which columns and mask do not leave out: delete_missing compares them"
        return Invalid("primary_key", ", ".join(dropped), wanted) if dropped else None

    @property
    def pipeline_name(self) -> str:
        return pipeline_name(self.table)

    @property
    def context(self) -> Context:
        return Context(self.source.type, str(self.table), self.pipeline_name)

    @property
    def load_settings(self) -> LoadSettings:
        return LoadSettings(self.mode, self.contract)


def split(plan: LoadPlan) -> tuple[LoadPlan, ...]:
    """One plan for each resource. A single or chosen resource keeps the plan's table; several write to `namespace.resource` each."""
    if plan.is_chosen:
        return (plan,)
    named = zip(plan.source.resources, tables_of(plan.source, plan.table), strict=True)
    return tuple(replace(plan, resource=resource, table=table) for resource, table in named)


def tables_of(source: SourceSettings, table: TableName, chosen: str | None = None) -> tuple[TableName, ...]:
    """The table of each resource of *source*, or of the *chosen* one, where *table* is the source's destination."""
    resources = source.resources
    return (table,) if chosen or len(resources) == 1 else tuple(map(table.sibling, resources))


def the_only_unit(plan: LoadPlan) -> Result[LoadPlan, Invalid]:
    """The unit of a plan with one resource; a plan with several is refused, and the error names them."""
    units = split(plan)
    if len(units) == 1:
        return Success(units[0])
    names = ", ".join(unit.resource for unit in units)
    return Failure(Invalid("source_config", names, _ONE_RESOURCE))
