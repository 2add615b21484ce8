"""The types of a table's columns, by the names that the source has for them."""

from __future__ import annotations

from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.source_columns import NO_CHANGES, SourceColumns
from floe_ingestion_dlt.ports.source import TypeOf


def expected_types(
    table: TableSchema | None, names: ColumnNames, settings: SourceColumns = NO_CHANGES
) -> TypeOf:
    """The type that the *settings* or the table have for a column of the source."""
    types = table.types() if table else {}
    types |= {names.in_table(name): kind for name, kind in settings.types.items()}
    return lambda column: types.get(names.in_table(column))
