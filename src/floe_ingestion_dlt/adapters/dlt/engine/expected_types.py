"""The types of a table's columns, by the names that the source has for them."""

from __future__ import annotations

from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.schema import ColumnType, TableSchema
from floe_ingestion_dlt.domain.source_columns import NO_CHANGES, SourceColumns
from floe_ingestion_dlt.ports.source import TypeOf


def expected_types(
    table: TableSchema | None, names: ColumnNames, settings: SourceColumns = NO_CHANGES
) -> TypeOf:
    """The type that the *settings* or the table have for a column of the source."""
    types = (table.types() if table else {}) | set_types(settings, names)
    return lambda column: types.get(names.in_table(column))


def set_types(settings: SourceColumns, names: ColumnNames) -> dict[str, ColumnType]:
    """The types that the *settings* have, by the names of the table's columns."""
    return {names.in_table(name): kind for name, kind in settings.types.items()}
