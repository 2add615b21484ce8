"""Finding a table or view of a database, and the types that the configuration names for its columns."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

import pyarrow as pa
import sqlalchemy as sa
from returns.result import Result

from floe_ingestion_dlt.adapters.sources.columns import named_type
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import listed
from floe_ingestion_dlt.domain.table_patterns import TablePatterns
from floe_ingestion_dlt.ports.source import SourceError, unreadable

SHOWN_TABLES: Final = 20
# More schemas than these are not searched for a table.
MOST_SCHEMAS: Final = 200


def reflected(source: SqlDatabase, resource: str, connection: sa.Connection) -> sa.Table:
    """The table or view with the columns that the database reports; SourceError if there is none of that name."""
    try:
        return sa.Table(
            resource, sa.MetaData(schema=source.schema), autoload_with=connection, resolve_fks=False
        )
    except sa.exc.NoSuchTableError:
        raise _missing(source.schema, resource, sa.inspect(connection)) from None


def tables_by(
    patterns: TablePatterns, schema: str | None, connection: sa.Connection
) -> Result[tuple[str, ...], SourceFailed]:
    """The tables and views of the schema that the *patterns* mean."""
    inspector = sa.inspect(connection)
    tables, views = inspector.get_table_names(schema), inspector.get_view_names(schema)
    return patterns.among(tables, views, _place(schema))


def _place(schema: str | None) -> str:
    return f"the schema {schema}" if schema else "the database"


def named_types(source: SqlDatabase) -> dict[str, pa.DataType]:
    """The types that `column_types` names."""
    return {name: named_type(kind) for name, kind in source.column_types.items()}


def check_named(source: SqlDatabase, columns: Sequence[str], resource: str) -> None:
    """Refuse names in `column_types` that are no columns; of several tables, not each one has all of them."""
    unknown = [name for name in source.column_types if name not in columns]
    if unknown and len(source.resources) == 1:
        raise unreadable(
            f"{resource} has no column {listed(unknown)}; it has {listed(columns)}",
            "Correct the names in column_types.",
            Category.CONFIGURATION,
        )


def _missing(schema: str | None, resource: str, inspector: sa.Inspector) -> SourceError:
    place = _place(schema)
    if (found := _elsewhere(schema, resource, inspector)) is not None:
        name, schemas = found
        table = "" if name == resource else f" and table to {name}"
        return unreadable(
            f"there is no table {resource} in {place}; there is a table {name} in the schema {listed(schemas)}",
            f"Set schema to {' or '.join(schemas)}{table}.",
            Category.CONFIGURATION,
        )
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    near = get_close_matches(resource, names, n=SHOWN_TABLES, cutoff=0) or ["no tables"]
    return unreadable(
        f"there is no table {resource} in {place}, which has {', '.join(near)}"
        + (" and others" if len(names) > SHOWN_TABLES else ""),
        "Set table to the name of a table or view, and schema to where it is.",
        Category.CONFIGURATION,
    )


def _elsewhere(schema: str | None, resource: str, inspector: sa.Inspector) -> tuple[str, list[str]] | None:
    """The name of the table in other schemas, and these; `schema.table` may have been given as the name of the table."""
    names = inspector.get_schema_names()[:MOST_SCHEMAS]
    # MariaDB has an error of its own for a table that is not there, which SQLAlchemy does not know.
    others = [name for name in names if name != schema and name.lower() != "information_schema"]
    before, dot, after = resource.rpartition(".")
    if dot and before in others and inspector.has_table(after, before):
        return after, [before]
    schemas = [name for name in others if inspector.has_table(resource, name)]
    return (resource, schemas) if schemas else None
