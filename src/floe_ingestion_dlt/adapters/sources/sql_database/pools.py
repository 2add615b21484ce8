"""The connections to databases that the sources of one plugin share."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeAlias, final

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.connection import (
    connect_options,
    connection_string_of,
    engine_for,
    has_log,
    sqlite_file,
)
from floe_ingestion_dlt.adapters.sources.sql_database.cuts import cut_after
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.adapters.sources.sql_database.times import refuse_unreadable_times
from floe_ingestion_dlt.domain.database_sessions import RESET_OF_POSTGRES, SessionLimits

Key: TypeAlias = tuple[int, str, SessionLimits]
# Receives the driver's own connection before the first statement is sent on it.
Known: TypeAlias = Callable[[object], None]

# How long an idle connection may take to answer before another one is opened.
PING_SECONDS: Final = 5.0
_PSYCOPG: Final = frozenset({"psycopg", "psycopg2"})
_WAS_USED: Final = "was used"
_ONCE: Final = "is used once"
_FILE: Final = "file"


def _nobody(_driver: object) -> None:
    """Nobody waits for the connection."""


class _Caller(threading.local):
    """Who asks for a connection in this thread, and how long it may take to make one."""

    know: Known = staticmethod(_nobody)
    wait: float | None = None


@final
class ConnectionPool:
    """The connections to one database, whose sessions all have the same settings.

    A thread that needs a connection gets an idle one, or a new one; none waits for another thread.
    """

    def __init__(self, url: str) -> None:
        self.engine = engine_for(url)
        self._caller = _Caller()
        sa.event.listen(self.engine, "handle_error", refuse_unreadable_times)
        sa.event.listen(self.engine, "do_connect", self._connected)
        # before SQLAlchemy's own first statements
        sa.event.listen(self.engine, "connect", self._made, insert=True)
        sa.event.listen(self.engine, "checkout", self._check)
        sa.event.listen(self.engine, "reset", self._reset)
        sa.event.listen(self.engine, "checkin", self._used)

    def connect(self, wait: float | None = None, know: Known = _nobody) -> sa.Connection:
        """A connection that is made within *wait* seconds if the driver has such a limit; *know* gets the driver's own."""
        self._caller.know, self._caller.wait = know, wait
        try:
            return self.engine.connect()
        finally:
            self._caller.know, self._caller.wait = _nobody, None

    def _connected(
        self, dialect: sa.Dialect, _record: object, arguments: list[object], options: dict[str, object]
    ) -> object:
        """The driver's connection; that of PyMySQL is known before it sends its first statements, as others have a limit of their own."""
        limited = options | connect_options(self.engine.url, self._caller.wait)
        if dialect.driver != "pymysql":
            return dialect.connect(*arguments, **limited)
        driver: Any = dialect.connect(*arguments, **limited, defer_connect=True)
        self._caller.know(driver)
        driver.connect()
        return driver

    def _made(self, driver: object, record: sa.pool.ConnectionPoolEntry) -> None:
        self._caller.know(driver)
        record.info[_FILE] = sqlite_file(self.engine.url)

    def _check(self, driver: Any, record: sa.pool.ConnectionPoolEntry, _proxy: object) -> None:
        """Let SQLAlchemy replace an idle connection that the server has closed, or whose SQLite file is another one now."""
        self._caller.know(driver)
        if not record.info.pop(_WAS_USED, False):
            return
        if record.info[_FILE] != sqlite_file(self.engine.url):
            raise sa.exc.DisconnectionError
        dialect = self.engine.dialect
        try:
            with cut_after(PING_SECONDS, lambda: driver):
                dialect.do_ping(driver)
        except dialect.loaded_dbapi.Error:
            raise sa.exc.DisconnectionError from None

    def _reset(self, driver: Any, _record: object, state: sa.pool.PoolResetState) -> None:
        """End what a function of the database may have left in the session; a connection of which this fails is closed."""
        if state.terminate_only or self.engine.dialect.name != "postgresql":
            return
        if self.engine.dialect.driver in _PSYCOPG:
            driver.rollback()
            driver.autocommit = True
            driver.cursor().execute(RESET_OF_POSTGRES)
            driver.autocommit = False

    def _used(self, driver: object, record: sa.pool.ConnectionPoolEntry) -> None:
        is_used_once = record.info.pop(_ONCE, False) or has_log(self.engine.url)
        if is_used_once and driver is not None:
            record.invalidate()
        record.info[_WAS_USED] = True


def use_once(connection: sa.Connection) -> None:
    """Close the connection when it is given back, because what its session will have is not known."""
    connection.info[_ONCE] = True


@contextmanager
def given_back(connection: sa.Connection) -> Iterator[None]:
    """Give the *connection* back after the block. After an error it is closed, because its session may be in the middle of anything."""
    try:
        yield
    except BaseException:
        if not connection.closed:
            with suppress(Exception):  # the error of the block says more
                connection.invalidate()
        raise
    finally:
        connection.close()


@final
class ConnectionPools:
    """The pools of one plugin, one for each connection string and kind of session; idle connections are closed by `close`.

    A process that was forked makes its own: two processes cannot use one connection.
    """

    def __init__(self) -> None:
        self._pools: dict[Key, ConnectionPool] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _close, self._pools)

    def pool_of(self, source: SqlDatabase) -> ConnectionPool:
        """The pool for the connection string of the *source*, or that of dlt's configuration if it has none."""
        key = (os.getpid(), connection_string_of(source), source.limits)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = ConnectionPool(key[1])
            return self._pools[key]

    def close(self) -> None:
        with self._lock:
            _close(self._pools)


def _close(pools: dict[Key, ConnectionPool]) -> None:
    while pools:
        (pid, _, _), pool = pools.popitem()
        pool.engine.dispose(close=pid == os.getpid())
