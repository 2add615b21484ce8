"""The statement that reads a table or a query, with the condition on the rows that are wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.cursors import check_cursor
from floe_ingestion_dlt.adapters.sources.sql_database.conditions import Wanted
from floe_ingestion_dlt.adapters.sources.sql_database.rows import Declared, as_read, declared_types
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.tables import reflected
from floe_ingestion_dlt.domain.queries import subquery, without_end

Process: TypeAlias = "Callable[[Any], object]"


def executed(connection: sa.Connection, select: sa.Select[object] | str) -> sa.CursorResult[object]:
    """Run the statement; a text is sent unchanged, without parameters: a `:word` or a `%` in it begins none."""
    if isinstance(select, str):
        return connection.execution_options(no_parameters=True).exec_driver_sql(select)
    return connection.execute(select)


def bound(select: sa.Select[Any], dialect: sa.Dialect) -> tuple[str, dict[str, object]]:
    """The statement for a driver that has names for parameters, and their values as it takes them."""
    compiled: Any = dialect.statement_compiler(dialect, select)
    values = dict(compiled.construct_params(escape_names=False))
    for parameter, name in compiled.bind_names.items():
        convert = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        values[name] = values[name] if convert is None else convert(values[name])
    # Without parameters, drivers send a doubled percent sign as it is.
    text = str(compiled) if values else str(compiled).replace("%%", "%")
    return text, {compiled.escaped_bind_names.get(name, name): value for name, value in values.items()}


def processes_of(
    select: sa.Select[Any] | str,
    dialect: sa.Dialect,
    cursor: Any,
    as_read: tuple[type[sa.types.TypeEngine[Any]], ...] = (),
) -> list[Process | None]:
    """How SQLAlchemy makes the value of each column from the driver's; None if it is the same, as for types that are *as read*."""
    codes = [column[1] for column in cursor.description or ()]
    # SQLAlchemy does not know the columns of a query.
    kinds = [] if isinstance(select, str) else [column.type for column in select.selected_columns]
    if not kinds:
        return [None] * len(codes)
    return [
        None if isinstance(kind, as_read) else kind.dialect_impl(dialect).result_processor(dialect, code)
        for kind, code in zip(kinds, codes, strict=True)
    ]


def statement(
    source: SqlDatabase, resource: str, connection: sa.Connection, wanted: Wanted
) -> tuple[sa.Select[object] | str, Declared]:
    if source.query is not None:
        query = without_end(source.query)
        if wanted.is_key is not None:
            return _keys_of(query, wanted.is_key, connection), Declared()
        return _limited(query, wanted, connection.dialect), Declared()
    table = reflected(source, resource, connection)
    check_cursor(wanted.column, [column.name for column in table.columns], f"the table {resource}")
    chosen = [column for column in table.columns if wanted.is_key is None or wanted.is_key(column.name)]
    select = sa.select(*(as_read(column, connection.dialect, source.column_types) for column in chosen))
    condition = wanted.of_table(table.c[wanted.column], connection.dialect) if wanted.column else None
    limited = _where(select if condition is None else select.where(condition), source.where)
    return wanted.in_part(limited, table, source.chunk_rows), declared_types(table, chosen)


def _where(select: sa.Select[Any], condition: str | None) -> sa.Select[Any]:
    """The *select* with a condition that the configuration has; a `:word` in it begins no parameter."""
    if condition is None:
        return select
    return select.where(sa.text(subquery(condition).replace(":", r"\:")))


def _keys_of(query: str, is_key: Callable[[str], bool], connection: sa.Connection) -> sa.Select[Any]:
    """The columns of the query for which *is_key*, of all rows; the query is asked for its columns first."""
    rows = _rows_of(query, connection.dialect)
    nothing = sa.select(sa.text("*")).select_from(rows).where(sa.false())
    names = [name for name in [*connection.execute(nothing).keys()] if is_key(name)]
    columns: list[sa.ColumnElement[Any]] = [sa.column(name) for name in names]
    return sa.select(*columns).select_from(rows)


def _rows_of(query: str, dialect: sa.Dialect, column: str = "") -> sa.FromClause:
    """The query as a subquery; its own text is unchanged."""
    text = subquery(query.replace("%", "%%") if dialect.paramstyle in {"format", "pyformat"} else query)
    return sa.table(sa.quoted_name(text, quote=False), sa.column(column)).alias("source_rows")


def _limited(query: str, wanted: Wanted, dialect: sa.Dialect) -> sa.Select[object] | str:
    """The query as a subquery with the condition for the wanted rows, if there is one; its own text is unchanged."""
    column = wanted.column or ""
    rows = _rows_of(query, dialect, column)
    condition = wanted.of_query(rows.c[column])
    return query if condition is None else sa.select(sa.text("*")).select_from(rows).where(condition)
