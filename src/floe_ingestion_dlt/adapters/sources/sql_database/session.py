"""A session of a source's database: it sets its limits first, and waits for each answer up to a limit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event, Lock
from typing import Any, Final, final

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.cuts import cut_after, cut_off
from floe_ingestion_dlt.adapters.sources.sql_database.pools import (
    ConnectionPool,
    given_back,
    use_once,
)
from floe_ingestion_dlt.adapters.sources.sql_database.snapshots import see_snapshot
from floe_ingestion_dlt.domain.database_sessions import (
    POSTGRES,
    Limit,
    SessionLimits,
    SessionSetting,
    missing_encryption,
    no_time_left,
    not_understood,
    ran_into,
    session_settings,
)
from floe_ingestion_dlt.domain.events import ConnectionNotEncrypted, SessionSettingRefused
from floe_ingestion_dlt.domain.faults import Fault, SourceFailed
from floe_ingestion_dlt.domain.redaction import without_literals
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.library_errors.causes import causes
from floe_ingestion_dlt.library_errors.databases import is_of_statement, limit_of, sql_code
from floe_ingestion_dlt.library_errors.quoting import may_quote_rows
from floe_ingestion_dlt.library_errors.source_errors import cause_of, fault_of
from floe_ingestion_dlt.ports.source import Report, SourceError, unreported

# Time for the database's own limit to end the statement, whose error says more than that of a closed connection.
GRACE_SECONDS: Final = 5.0


@final
@dataclass(slots=True)
class Session:
    """The use of one connection to read a *resource*; *left* are the seconds until the run's deadline, if it has one."""

    resource: str
    limits: SessionLimits
    left: float | None = None
    report: Report = unreported
    query: str = field(default="", repr=False)
    where: str = field(default="", repr=False)
    _is_cut: Event = field(default_factory=Event, init=False)
    _driver: Any = field(default=None, init=False)
    _grace: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @property
    def wait(self) -> float | None:
        """The longest time to wait for one answer, in seconds."""
        bounds = [bound for bound in (self.limits.statement_timeout, self.left) if bound is not None]
        return min(bounds, default=None)

    @contextmanager
    def opened(self, pool: ConnectionPool, snapshot: str | None = None) -> Iterator[sa.Connection]:
        """A connection on which the transaction has begun; with a *snapshot*, it sees what that transaction sees."""
        self._check_time()
        engine = pool.engine
        self._warn_of_cleartext(engine.url, engine.dialect.name)
        with self.answered():
            connection = pool.connect(self.wait, self._know)
        with given_back(connection):
            try:
                if self.query or self.where:
                    use_once(connection)
                self._begin(connection)
                if snapshot is not None:
                    with self.answered():
                        see_snapshot(connection, snapshot)
                yield connection
            finally:
                self._forget()

    def give_back(self, connection: sa.Connection) -> None:
        """Give the connection back before the block ends: nothing waits for it any more."""
        self._forget()
        connection.close()

    def _forget(self) -> None:
        """Forget the driver's connection, which another session may use next."""
        with self._lock:
            self._driver = None

    def _know(self, driver: object) -> None:
        self._driver = driver

    def _begin(self, connection: sa.Connection) -> None:
        """Begin the transaction with all settings that the database accepts; a refused one is reported and left out.

        Each is sent as a statement, because connection pools refuse some of them at connect time. A refusal ends the
        transaction, so the others are sent again.
        """
        self._grace = GRACE_SECONDS if connection.dialect.name in POSTGRES else 0.0
        given = " ".join(map(str, connection.engine.url.query.items()))
        wanted = session_settings(connection.dialect.name, self.limits, self.wait, given)
        while (refused := self._refused(connection, wanted)) is not None:
            wanted = tuple(setting for setting in wanted if setting is not refused)

    def _refused(
        self, connection: sa.Connection, wanted: tuple[SessionSetting, ...]
    ) -> SessionSetting | None:
        for setting in wanted:
            try:
                with self.answered():
                    connection.exec_driver_sql(setting.statement)
            except sa.exc.DBAPIError as error:
                if error.connection_invalidated or self._is_cut.is_set():
                    raise
                connection.rollback()
                self.report(SessionSettingRefused(setting, cause_of(error)))
                return setting
        return None

    def _check_time(self) -> None:
        if self.left == 0:
            raise SourceError(no_time_left(self.resource, 0, "not asked"))

    def _warn_of_cleartext(self, url: sa.URL, dialect: str) -> None:
        options = {name: str(value) for name, value in url.query.items()}
        if dialect in POSTGRES and "PGSSLMODE" in os.environ:
            options.setdefault("sslmode", os.environ["PGSSLMODE"])
        missing = missing_encryption(dialect, _hosts_of(url), options)
        if missing is not None:
            what = "the connection may be unencrypted, so others may read rows and the password in transit"
            advice = f"Add {missing} to connection_string."
            self.report(ConnectionNotEncrypted(missing, what, advice))

    @contextmanager
    def answered(self) -> Iterator[None]:
        """Close the connection if the block takes longer than the limit of an answer."""
        if self.wait is None:
            yield
            return
        with cut_after(self.wait + self._grace, lambda: self._driver, self._is_cut.set):
            yield

    def cut(self) -> None:
        """End what the session waits for, from another thread; nothing happens if it has given its connection back."""
        with self._lock:
            if self._driver is not None:
                cut_off(self._driver)

    def fault_of(self, error: BaseException) -> Fault:
        """The fault that ended the reading; a limit of the session is named by its option."""
        links = tuple(causes(error))
        own = next((link.fault for link in links if isinstance(link, SourceError)), None)
        if own is not None:
            return own
        if self._is_cut.is_set():
            return ran_into(Limit.STATEMENT, self.limits, self.resource, self.wait, "the connection was cut")
        for link in links:
            if (limit := limit_of(link)) is not None:
                return ran_into(limit, self.limits, self.resource, self.wait, sql_code(link) or "no code")
        if any(is_of_statement(link) for link in links):
            refused = not_understood(cause_of(error), self.resource, option=self._option)
            return self._shown(refused)
        return self._in_place(fault_of(error), error)

    @property
    def _option(self) -> str | None:
        """The option with SQL, if there is one."""
        return "query" if self.query else "where" if self.where else None

    def _shown(self, fault: Fault) -> Fault:
        return with_text(fault, lambda text: without_literals(text, self.query or self.where))

    def _in_place(self, fault: Fault, error: BaseException) -> Fault:
        """The fault without the query's literals; with the table if the error itself may quote one of its rows."""
        shown = self._shown(fault)
        inner = getattr(error, "orig", None) or error
        if isinstance(shown, SourceFailed) and may_quote_rows(inner):
            return replace(shown, cause=f"{self.resource}: {shown.cause}")
        return shown


def _hosts_of(url: sa.URL) -> tuple[str, ...]:
    """The hosts in a URL and its options; '' is this machine."""
    named = url.query.get("host", ())
    listed = (named,) if isinstance(named, str) else named
    others = [_without_port(each) for part in listed for each in part.split(",")]
    if "unix_socket" in url.query:
        return ("",)
    return tuple(filter(None, (url.host, *others))) or (os.environ.get("PGHOST", ""),)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host
