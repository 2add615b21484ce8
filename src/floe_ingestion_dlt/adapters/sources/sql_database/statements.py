"""The statement that reads a table or a query, with the condition on the rows that are wanted."""

from __future__ import annotations

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.cursors import check_cursor
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Declared, as_read, declared_types
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.tables import reflected
from floe_ingestion_dlt.domain.queries import subquery, without_end


def executed(connection: sa.Connection, select: sa.Select[object] | str) -> sa.CursorResult[object]:
    """Run the statement; a text is sent unchanged, without parameters: a `:word` or a `%` in it begins none."""
    if isinstance(select, str):
        return connection.execution_options(no_parameters=True).exec_driver_sql(select)
    return connection.execute(select)


def statement(
    source: SqlDatabase, resource: str, connection: sa.Connection, wanted: Wanted
) -> tuple[sa.Select[object] | str, Declared]:
    if source.query is not None:
        return _limited(without_end(source.query), wanted, connection.dialect), Declared()
    table = reflected(source, resource, connection)
    check_cursor(wanted.column, [column.name for column in table.columns], f"the table {resource}")
    select = sa.select(
        *(as_read(column, connection.dialect, source.column_types) for column in table.columns)
    )
    condition = wanted.of_table(table.c[wanted.column], connection.dialect) if wanted.column else None
    chosen = select if condition is None else select.where(condition)
    return wanted.in_part(chosen, table, source.chunk_rows), declared_types(table)


def _limited(query: str, wanted: Wanted, dialect: sa.Dialect) -> sa.Select[object] | str:
    """The query as a subquery with the condition for the wanted rows, if there is one; its own text is unchanged."""
    text = subquery(query.replace("%", "%%") if dialect.paramstyle in {"format", "pyformat"} else query)
    column = wanted.column or ""
    rows = sa.table(sa.quoted_name(text, quote=False), sa.column(column)).alias("source_rows")
    condition = wanted.of_query(rows.c[column])
    return query if condition is None else sa.select(sa.text("*")).select_from(rows).where(condition)
