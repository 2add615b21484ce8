"""The limits of a session with a source's database: read-only, and how long it waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, final

from floe_ingestion_dlt.domain.addresses import is_local
from floe_ingestion_dlt.domain.faults import Category, SourceFailed

POSTGRES: Final = frozenset({"postgresql", "cockroachdb", "redshift"})
MYSQL: Final = frozenset({"mysql", "mariadb"})
# The values that enforce encryption; with `prefer` and similar values, a connection continues without encryption.
_ENFORCED: Final = frozenset({"require", "verify-ca", "verify-full"})
_MYSQL_OPTIONS: Final = frozenset({"ssl", "ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_mode"})
# Databases on servers, and SQLite, whose idle connections lock nothing. Others may lock their file as long as a connection is open.
_MAY_WAIT_IDLE: Final = POSTGRES | MYSQL | {"sqlite", "mssql", "oracle"}
# Ends all that a session has: its settings, its locks, its temporary tables.
RESET_OF_POSTGRES: Final = "DISCARD ALL"
_OFF: Final = frozenset({"", "0", "false", "disabled", "preferred"})


@final
@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The limits of a session; times are in seconds, and None means no limit.

    *statement_timeout* is for one answer, which is a batch of rows, and not for the whole read.
    """

    read_only: bool = True
    lock_timeout: float | None = 10.0
    statement_timeout: float | None = 3600.0


@final
@dataclass(frozen=True, slots=True)
class SessionSetting:
    """The statement for an option of `source_config`, and the database's name of the setting."""

    option: str
    name: str
    statement: str


class Limit(Enum):
    """The limit that a statement has reached."""

    LOCK = "lock"
    STATEMENT = "statement"
    READ_ONLY = "read only"


def may_wait_idle(dialect: str) -> bool:
    """Whether a connection may stay open between two reads."""
    return dialect in _MAY_WAIT_IDLE


def session_settings(
    dialect: str, limits: SessionLimits, wait: float | None, given: str = ""
) -> tuple[SessionSetting, ...]:
    """The statements that start a transaction with these limits, as far as the database supports them.

    If the database can, it applies them to the transaction only, so that a pooled connection is unchanged afterwards. Settings
    that are already in the connection's own options, *given*, are not changed.
    """
    lock = limits.lock_timeout
    wanted: list[tuple[str, str, str] | None]
    if dialect in POSTGRES:
        wanted = [
            ("read_only", "transaction_read_only", "SET TRANSACTION READ ONLY") if limits.read_only else None,
            _timed("lock_timeout_seconds", "lock_timeout", "SET LOCAL lock_timeout = {}", lock),
            _timed(
                "statement_timeout_seconds", "statement_timeout", "SET LOCAL statement_timeout = {}", wait
            ),
        ]
    elif dialect in MYSQL:
        # For the session and not for the transaction: a procedure that commits would end the transaction's setting.
        statement = "SET SESSION TRANSACTION READ ONLY"
        locks = "SET SESSION lock_wait_timeout = {0}, innodb_lock_wait_timeout = {0}"
        wanted = [
            ("read_only", "transaction_read_only", statement) if limits.read_only else None,
            _timed("lock_timeout_seconds", "lock_wait_timeout", locks, lock, in_seconds=True),
        ]
    elif dialect == "sqlite":
        wanted = [
            ("read_only", "query_only", "PRAGMA query_only = ON") if limits.read_only else None,
            _timed("lock_timeout_seconds", "timeout", "PRAGMA busy_timeout = {}", lock),
        ]
    elif dialect == "mssql":
        wanted = [_timed("lock_timeout_seconds", "LOCK_TIMEOUT", "SET LOCK_TIMEOUT {}", lock)]
    elif dialect == "oracle" and limits.read_only:
        wanted = [("read_only", "transaction", "SET TRANSACTION READ ONLY")]
    else:
        wanted = []
    return tuple(SessionSetting(*each) for each in wanted if each is not None and each[1] not in given)


def _timed(
    option: str, name: str, statement: str, seconds: float | None, *, in_seconds: bool = False
) -> tuple[str, str, str] | None:
    if seconds is None:
        return None
    number = max(round(seconds if in_seconds else seconds * 1000), 1)
    return option, name, statement.format(number)


def missing_encryption(dialect: str, hosts: Collection[str], options: Mapping[str, str]) -> str | None:
    """The option that the connection's URL needs to enforce encryption; None if it is enforced, or if every host is this machine."""
    if all(map(is_local, hosts)):
        return None
    given = {name.lower(): value.lower() for name, value in options.items()}
    if dialect in POSTGRES:
        is_enforced = given.get("sslmode") in _ENFORCED or given.get("gssencmode") == "require"
        return None if is_enforced else "sslmode=verify-full"
    if dialect in MYSQL:
        enforced = [given[name] for name in _MYSQL_OPTIONS & given.keys()]
        is_off = given.get("ssl_disabled", "false") not in _OFF
        return (
            None if not is_off and any(value not in _OFF for value in enforced) else "ssl_ca=/path/to/ca.pem"
        )
    return None


def ran_into(
    limit: Limit, limits: SessionLimits, resource: str, wait: float | None, code: str
) -> SourceFailed:
    """The fault of a statement that reached a limit of its session; *code* is the database's."""
    if limit is Limit.READ_ONLY:
        return SourceFailed(
            f"{resource}: the statement would write, and the session may only read ({code})",
            Category.CONFIGURATION,
            "Remove what writes from the query or the view, or set read_only to false.",
        )
    if limit is Limit.LOCK:
        seconds = "" if limits.lock_timeout is None else f" within {limits.lock_timeout:g} seconds"
        return SourceFailed(
            f"{resource}: another session has it locked, and the lock was not released{seconds} ({code})",
            Category.TRANSIENT,
            "Run again when the other session has ended its transaction, or raise lock_timeout_seconds.",
        )
    if wait is not None and wait < (limits.statement_timeout or float("inf")):
        return no_time_left(resource, wait, code)
    seconds = "" if wait is None else f" within {wait:g} seconds"
    return SourceFailed(
        f"{resource}: the database did not answer{seconds}, or was asked to cancel the statement ({code})",
        Category.PERMANENT,
        "Read fewer rows at once (chunk_rows), make the query faster, or raise statement_timeout_seconds.",
    )


def not_understood(cause: str, resource: str, option: str | None) -> SourceFailed:
    """The fault of a statement that the database does not understand, or in which it does not know a name; the *option* with the SQL of the configuration, if there is one, is to be corrected."""
    step = (
        f"Correct {option} in source_config, and run it in the database first."
        if option
        else f"Check the table {resource}: that the name in source_config is right, and that it can be read with SELECT in the database."
    )
    return SourceFailed(f"{resource}: {cause}", Category.CONFIGURATION, step)


def no_time_left(resource: str, wait: float, code: str) -> SourceFailed:
    """The fault of a statement that the run's deadline ended; there is no retry after it."""
    return SourceFailed(
        f"{resource}: the database did not answer in the {wait:.3g} seconds that were left of deadline_seconds ({code})",
        Category.TRANSIENT,
        "Run again when the database is less busy, or raise deadline_seconds in retry_config.",
        is_exhausted=True,
    )
