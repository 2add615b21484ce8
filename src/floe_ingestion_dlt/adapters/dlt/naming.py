"""Names of tables as the user writes them; names of columns as the table has them, new ones in snake case or as the source has them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import final

from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.active_pipelines import active_pipeline
from floe_ingestion_dlt.adapters.dlt_api.internals import SnakeCase
from floe_ingestion_dlt.domain.column_names import ColumnNames, snake_case, unreserved
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName, is_plain_name, pipeline_name
from floe_ingestion_dlt.domain.source_columns import NO_CHANGES
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.ports.destination import Destination, TableState


class NamingConvention(SnakeCase):
    """dlt's snake case for columns, with letters of every script; a table's name is not changed if a catalog allows it.

    Names that columns of the active pipeline's table have stay as they are. dlt finds a naming convention by its module, and the
    class in it by this name.
    """

    def normalize_identifier(self, identifier: str) -> str:
        return identifier if _is_kept(identifier) else self.snake_identifier(identifier)

    def normalize_path(self, path: str) -> str:
        return path if _is_kept(path) else self.snake_path(path)

    def normalize_table_identifier(self, identifier: str) -> str:
        return identifier if is_plain_name(identifier) else self.snake_identifier(identifier)

    def normalize_tables_path(self, path: str) -> str:
        return path if is_plain_name(path) else str(super().normalize_tables_path(path))

    def snake_identifier(self, identifier: str) -> str:
        """The name in snake case."""
        if not identifier or identifier.isspace() or identifier.isascii():
            return unreserved(super().normalize_identifier(identifier))
        return str(self.shorten_identifier(snake_case(identifier.strip()), identifier, self.max_length))

    def snake_path(self, path: str) -> str:
        """The name in snake case; two underscores are between an object and its field."""
        parts = map(self.snake_identifier, self.break_path(path))
        return str(self.shorten_identifier(self.make_path(*parts), path, self.max_length))


@final
class TableColumns:
    """The names of columns in the tables of one run; the catalog is asked once for each table."""

    def __init__(self, plan: LoadPlan, port: Destination) -> None:
        self._plan = plan
        self._port = port
        self._known: dict[str, ColumnNames] = {}

    def of(self, table: str) -> ColumnNames:
        """The names of columns in the *table* of the run's namespace."""
        if table not in self._known:
            state = value_or_throw(self._port.describe(self._plan.table.sibling(table)))
            is_root = table == self._plan.table.name
            plan = self._plan if is_root else replace(self._plan, columns=NO_CHANGES)
            self._known[table] = column_names(plan, state)
        return self._known[table]

    @property
    def of_root(self) -> ColumnNames:
        """The names of columns in the plan's table."""
        return self.of(self._plan.table.name)


def table_columns() -> TableColumns | None:
    """The names in the tables of the active pipeline; None where dlt's parts are used by themselves."""
    # dlt makes conventions and normalizers by their modules' names, so they cannot be given anything else
    columns: TableColumns | None = getattr(active_pipeline(), "columns", None)
    return columns


def column_names(plan: LoadPlan, state: TableState | None) -> ColumnNames:
    """The names of columns in a table in this *state*."""
    existing = () if state is None else tuple(column.name for column in state.schema.columns)
    return ColumnNames.of(existing, plan.names, NamingConvention().snake_path, plan.columns.renamed)


def _is_kept(name: str) -> bool:
    columns = table_columns()
    return columns is not None and columns.of_root.keeps(name)


def in_table(window: Window, names: ColumnNames) -> Window:
    """The window with the name that its column has in the table."""
    return replace(window, column=names.in_table(window.column))


def schema_name(plan: LoadPlan) -> str:
    """The name of the schema of the plan's pipeline."""
    return schema_name_of(plan.table)


def schema_name_of(table: TableName) -> str:
    """The name of the schema of the table's pipeline: for dlt, a lower-case identifier of at most 64 characters.

    Pipelines of one namespace share a table of schema versions, so a digest of the pipeline's name keeps them apart.
    """
    digest = hashlib.sha256(pipeline_name(table).encode()).hexdigest()[:12]
    readable = SnakeCase(max_length=48).normalize_identifier(table.name).strip("_")
    return f"{readable}_{digest}" if readable.isidentifier() else f"table_{digest}"
