"""What differs between kinds of catalog: how they commit, and what they can be asked.

A new kind is one more class here; `kind_of` chooses among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Generic, TypeVar, final

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import RESTError
from pyiceberg.io import AWS_ACCESS_KEY_ID, S3_ACCESS_KEY_ID, WAREHOUSE
from sqlalchemy import event, inspect, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

from floe_ingestion_dlt.adapters.iceberg.catalog_answers import BASE_LOCATION
from floe_ingestion_dlt.adapters.iceberg.internals import (
    Change,
    commit_in_one_rest_transaction,
    delete_old_metadata,
    guard_tables,
    takes_transactions,
)
from floe_ingestion_dlt.adapters.iceberg.sql_internals import (
    commit_in_one_sql_transaction,
    parse_metadata_once,
)
from floe_ingestion_dlt.domain.table_places import Kind

CatalogT_co = TypeVar("CatalogT_co", bound=Catalog, covariant=True)


class CatalogKind(Generic[CatalogT_co]):
    """A catalog without special rules, such as Glue or Hive. It commits one table after another."""

    def __init__(self, catalog: CatalogT_co) -> None:
        self._catalog = catalog

    def prepare(self) -> None:
        """Make a newly opened catalog safe to use."""
        guard_tables(self._catalog, Kind.SERVICE)

    def commits_together(self) -> bool:
        """Whether several tables can be committed in one transaction."""
        return False

    def commit(self, change: Change) -> None:
        """Commit *change* to its table. Raises CommitFailedException if another writer has changed the table."""
        answer = self._catalog.commit_table(change.base, change.requirements, change.updates)
        delete_old_metadata(change.base, answer.metadata)

    def commit_together(self, changes: Sequence[Change]) -> None:
        """Commit all *changes* or none, if `commits_together`. Raises as `commit` does."""
        raise NotImplementedError(type(self._catalog).__name__)

    def has_view(self, identifier: tuple[str, ...]) -> bool:
        """Whether there is a view of that name. False if the catalog cannot tell."""
        # A user without permission for views may still load tables.
        with suppress(NotImplementedError, RESTError):
            return self._catalog.view_exists(identifier)
        return False

    def storage_location(self) -> str | None:
        """Where new tables will be, if that is known and can be read without the keys that the catalog vends for a table."""
        return self._catalog.properties.get(WAREHOUSE)


@final
class SqlKind(CatalogKind[SqlCatalog]):
    """pyiceberg's catalog in a database, which commits to all tables in one transaction."""

    def prepare(self) -> None:
        """Also roll back any open transaction of a connection when it is taken from the pool.

        A COMMIT that fails, such as one of SQLite while somebody reads, leaves its transaction open, and SQLAlchemy returns the
        connection to the pool in that state. The next look would read uncommitted changes through it.
        """
        guard_tables(self._catalog, Kind.DATABASE)
        parse_metadata_once(self._catalog)
        event.listen(self._catalog.engine, "checkout", _roll_back)

    def commits_together(self) -> bool:
        return True

    def commit_together(self, changes: Sequence[Change]) -> None:
        commit_in_one_sql_transaction(self._catalog, changes)

    def has_view(self, identifier: tuple[str, ...]) -> bool:
        # Java's catalog keeps views in the same database table, marked by a column; pyiceberg ignores them.
        columns = inspect(self._catalog.engine).get_columns(IcebergTables.__tablename__)
        if "iceberg_type" not in {column["name"] for column in columns}:
            return False
        *namespace, name = identifier
        query = select(IcebergTables.table_name).where(
            IcebergTables.catalog_name == self._catalog.name,
            IcebergTables.table_namespace == Catalog.namespace_to_string(tuple(namespace)),
            IcebergTables.table_name == name,
            IcebergTables.iceberg_type == "VIEW",
        )
        with Session(self._catalog.engine) as session:
            return session.scalar(query) is not None


@final
class RestKind(CatalogKind[RestCatalog]):
    """A REST catalog. Its server deletes old metadata, and commits to all tables at once if it offers `transactions/commit`."""

    def prepare(self) -> None:
        """Do nothing: each answer of the server is checked when it arrives, and a REST catalog of the user's own class is not changed."""

    def commits_together(self) -> bool:
        return takes_transactions(self._catalog)

    def commit(self, change: Change) -> None:
        self._catalog.commit_table(change.base, change.requirements, change.updates)

    def commit_together(self, changes: Sequence[Change]) -> None:
        if len(changes) == 1:
            self.commit(changes[0])
        else:
            commit_in_one_rest_transaction(self._catalog, changes)

    def storage_location(self) -> str | None:
        properties = self._catalog.properties
        has_keys = S3_ACCESS_KEY_ID in properties or AWS_ACCESS_KEY_ID in properties
        return properties.get(BASE_LOCATION) if has_keys else None


def kind_of(catalog: Catalog) -> CatalogKind[Catalog]:
    """The kind of *catalog*."""
    match catalog:
        case SqlCatalog():
            return SqlKind(catalog)
        case RestCatalog():
            return RestKind(catalog)
        case _:
            return CatalogKind(catalog)


def _roll_back(connection: DBAPIConnection, _record: object, _proxy: object) -> None:
    try:
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error
