"""The types that a table has already, by the names that its source gives to the columns."""

from __future__ import annotations

from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar, TableSchema
from floe_ingestion_dlt.ports.source import TypeOf


def expected_types(table: TableSchema | None) -> TypeOf:
    """The type of the column that dlt makes of one of the source; none where it is nested or a UUID, which values have to be cast to."""
    columns = table.columns if table else ()
    types: dict[str, ColumnType] = {
        c.name: c.type for c in columns if isinstance(c.type, Scalar | Decimal) and c.type is not Scalar.UUID
    }
    naming = NamingConvention()
    return lambda column: types.get(naming.normalize_path(column))
