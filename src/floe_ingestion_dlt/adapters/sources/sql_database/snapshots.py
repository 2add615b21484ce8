"""Snapshots of PostgreSQL: several transactions that see the tables as they were at one moment."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import sqlalchemy as sa

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.library_errors.databases import sql_code
from floe_ingestion_dlt.ports.source import unreadable

if TYPE_CHECKING:
    from floe_ingestion_dlt.adapters.sources.sql_database.pools import ConnectionPool
    from floe_ingestion_dlt.adapters.sources.sql_database.session import Session

# The isolation in which a transaction keeps its first view of the tables.
_ONE_VIEW: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
# A server may end transactions that send nothing for a while; this one only waits.
_MAY_WAIT: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"
EXPORT: Final = "SELECT pg_export_snapshot()"
_DIALECT: Final = "postgresql"
# What PostgreSQL answers to the name of a snapshot that it does not have: an invalid parameter, or an undefined object.
_GONE: Final = frozenset({"SQLSTATE 22023", "SQLSTATE 42704"})


@final
@dataclass(frozen=True, slots=True)
class HeldSnapshot:
    """The snapshot of a transaction that is open until `close`, or until its connection is lost."""

    name: str
    session: Session
    connection: sa.Connection
    opened: ExitStack

    def is_held(self) -> bool:
        try:
            with self.session.answered():
                self.connection.exec_driver_sql("SELECT 1")
        except Exception:  # noqa: BLE001 - whatever it is, the transaction cannot be relied on
            return False
        return True

    def close(self) -> None:
        with suppress(Exception):  # the server ends the transaction when the connection is lost
            self.opened.close()


def held_snapshot(session: Session, pool: ConnectionPool) -> HeldSnapshot | None:
    """A snapshot that other transactions can see; None if the database has no such snapshots."""
    if pool.engine.dialect.name != _DIALECT:
        return None
    with ExitStack() as opened:
        connection = opened.enter_context(session.opened(pool))
        with session.answered():
            connection.exec_driver_sql(_ONE_VIEW)
            connection.exec_driver_sql(_MAY_WAIT)
            name = connection.exec_driver_sql(EXPORT).scalar_one()
        return HeldSnapshot(str(name), session, connection, opened.pop_all())


def see_snapshot(connection: sa.Connection, name: str) -> None:
    """Let the transaction, which has read nothing yet, see what the transaction of the snapshot *name* sees."""
    connection.exec_driver_sql(_ONE_VIEW)
    literal = name.replace("'", "''")
    try:
        connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{literal}'")
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated or sql_code(error) not in _GONE:
            raise
        raise unreadable(
            "the snapshot that all slices read is gone, because the connection that held it was lost",
            "Run again: slices that are staged are kept, and the others are read in a new snapshot.",
            Category.TRANSIENT,
        ) from error
