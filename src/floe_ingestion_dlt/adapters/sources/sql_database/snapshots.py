"""Snapshots of PostgreSQL: several transactions that see the tables as they were at one moment."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

import sqlalchemy as sa

if TYPE_CHECKING:
    from floe_ingestion_dlt.adapters.sources.sql_database.session import Session

# The isolation in which a transaction keeps its first view of the tables.
_ONE_VIEW: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
# A server may end transactions that send nothing for a while; this one only waits.
_MAY_WAIT: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"
_DIALECT: Final = "postgresql"


@final
@dataclass(frozen=True, slots=True)
class HeldSnapshot:
    """The snapshot of a transaction that is open until `close`."""

    name: str
    opened: ExitStack

    def close(self) -> None:
        with suppress(Exception):  # the server ends the transaction when the connection is lost
            self.opened.close()


def held_snapshot(session: Session, engine: sa.Engine) -> HeldSnapshot | None:
    """A snapshot that other transactions can see; None if the database has no such snapshots."""
    if engine.dialect.name != _DIALECT:
        return None
    with ExitStack() as opened:
        connection = opened.enter_context(session.opened(engine))
        with session.answered():
            connection.exec_driver_sql(_ONE_VIEW)
            connection.exec_driver_sql(_MAY_WAIT)
            name = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        return HeldSnapshot(str(name), opened.pop_all())


def see_snapshot(connection: sa.Connection, name: str) -> None:
    """Let the transaction, which has read nothing yet, see what the transaction of the snapshot *name* sees."""
    connection.exec_driver_sql(_ONE_VIEW)
    literal = name.replace("'", "''")
    connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{literal}'")
