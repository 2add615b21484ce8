"""Views, which have names like tables and take no rows."""

from __future__ import annotations

from contextlib import suppress

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import RESTError
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session


def is_view(catalog: Catalog, identifier: tuple[str, ...]) -> bool:
    """Whether the catalog has a view of that name, as far as it can be asked."""
    if isinstance(catalog, SqlCatalog):
        return _is_sql_view(catalog, identifier)
    # Whoever may not ask for views may still load tables.
    with suppress(NotImplementedError, RESTError):
        return catalog.view_exists(identifier)
    return False


def _is_sql_view(catalog: SqlCatalog, identifier: tuple[str, ...]) -> bool:
    """Java's catalog keeps views beside tables, in a database that has a column for that; pyiceberg passes them over."""
    columns = inspect(catalog.engine).get_columns(IcebergTables.__tablename__)
    if "iceberg_type" not in {column["name"] for column in columns}:
        return False
    *namespace, name = identifier
    query = select(IcebergTables.table_name).where(
        IcebergTables.catalog_name == catalog.name,
        IcebergTables.table_namespace == Catalog.namespace_to_string(tuple(namespace)),
        IcebergTables.table_name == name,
        IcebergTables.iceberg_type == "VIEW",
    )
    with Session(catalog.engine) as session:
        return session.scalar(query) is not None
