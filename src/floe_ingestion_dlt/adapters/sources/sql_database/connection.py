"""The connection to a database."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import dlt
import sqlalchemy as sa
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from sqlalchemy.pool import NullPool, QueuePool

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    ConnectionStringCredentials,
    known_sections,
    with_config,
)
from floe_ingestion_dlt.adapters.sources.json_texts import kept_json
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.database_sessions import MYSQL, may_wait_idle
from floe_ingestion_dlt.domain.database_urls import (
    EXAMPLE,
    FIELD,
    asynchronous,
    unreadable_dialect,
    without_dialect,
)
from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.ports.source import SourceError, unreadable

APPLICATION: Final = "floe-ingestion-dlt"
CONNECT_SECONDS: Final = 30
# Of the connections that threads have used at once, those that stay open.
MOST_IDLE: Final = 16
_VARIABLE: Final = "SOURCES__SQL_DATABASE__CREDENTIALS"
# SQLAlchemy logs statements, and rows at level DEBUG; loggers with this name log nothing.
_UNLOGGED: Final = "floe_ingestion_dlt"
_WITH_JSON: Final = frozenset({"postgresql", "cockroachdb", "mysql", "mariadb", "sqlite"})


def connection_string_of(source: SqlDatabase) -> str:
    """The connection string of the source, or that of dlt's configuration if it has none."""
    return source.connection.reveal() if source.connection is not None else _connection_of_dlt()


def engine_for(url: str) -> sa.Engine:
    """An engine that keeps idle connections, if they may wait in a pool."""
    for logger in ("engine.Engine", "pool.impl.NullPool", "pool.impl.QueuePool"):
        logging.getLogger(f"sqlalchemy.{logger}.{_UNLOGGED}").addFilter(_nothing)
    try:
        made = _sync_url(url)
        engine = sa.create_engine(
            made,
            **_pool_options(made),
            hide_parameters=True,
            logging_name=_UNLOGGED,
            pool_logging_name=_UNLOGGED,
            **_json_option(made),
        )
    except sa.exc.NoSuchModuleError:
        raise SourceError(without_dialect(url)) from None
    except (ValueError, sa.exc.ArgumentError):
        # the error has the URL's parts in it, the password among them
        is_jdbc = url.startswith("jdbc:")
        fault = without_dialect(url) if is_jdbc else Invalid(FIELD, None, EXAMPLE)
        raise SourceError(fault) from None
    return engine


def _sync_url(text: str) -> sa.URL:
    url = sa.make_url(text)
    if (unreadable := unreadable_dialect(url.drivername)) is not None:
        raise SourceError(unreadable)
    if url.get_dialect().is_async:
        raise SourceError(asynchronous(url.get_backend_name(), url.get_driver_name()))
    if url.get_backend_name() in MYSQL and "charset" in url.query:
        # The server would send question marks for characters that another one does not have.
        return url.update_query_dict({"charset": "utf8mb4"})
    return url


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _pool_options(url: sa.URL) -> dict[str, Any]:
    is_in_memory = url.get_backend_name() == "sqlite" and _path_of(url) is None
    if is_in_memory or not may_wait_idle(url.get_backend_name()):
        return {"poolclass": NullPool}
    # Whoever needs a connection gets one at once: a thread that waits for another's may hold the snapshot that this one reads.
    return {
        "poolclass": QueuePool,
        "pool_size": MOST_IDLE,
        "max_overflow": -1,
        "pool_use_lifo": True,
    }


def connect_options(url: sa.URL, wait: float | None) -> dict[str, object]:
    """Options for the driver's connection; the URL and the driver's own variable take precedence."""
    seconds = max(min(CONNECT_SECONDS, CONNECT_SECONDS if wait is None else round(wait)), 2)
    match url.get_backend_name(), url.get_driver_name():
        case "postgresql", "psycopg" | "psycopg2":
            arguments: dict[str, object] = {"fallback_application_name": APPLICATION}
            if "PGCONNECT_TIMEOUT" not in os.environ:
                arguments["connect_timeout"] = seconds
            if url.get_driver_name() == "psycopg":
                # Behind a server's pool of connections, a statement is prepared on one of them and missing on the others.
                arguments["prepare_threshold"] = None
        case "mysql" | "mariadb", "pymysql":
            arguments = {"program_name": APPLICATION, "connect_timeout": seconds}
        case _:
            arguments = {}
    return {name: value for name, value in arguments.items() if name not in url.query}


def _json_option(url: sa.URL) -> dict[str, Callable[[str | bytes], str]]:
    """Let the driver, or SQLAlchemy in its place, hand over JSON as the database writes it; other databases have no such option."""
    return {"json_deserializer": kept_json} if url.get_backend_name() in _WITH_JSON else {}


def _path_of(url: sa.URL) -> Path | None:
    """The file of a SQLite database; None for other databases, one in memory, and one that is named by a URI."""
    name = url.database or ":memory:"
    is_file = url.get_backend_name() == "sqlite" and name != ":memory:" and not name.startswith("file:")
    return Path(name) if is_file else None


def check_file(url: sa.URL) -> None:
    """Refuse a SQLite file that does not exist, because SQLite would create it."""
    path = _path_of(url)
    if path is not None and not path.exists():
        raise unreadable(
            f"the database {path} does not exist",
            "Set connection_string to a file that is there.",
            Category.CONFIGURATION,
        )


def has_log(url: sa.URL) -> bool:
    """Whether a SQLite file has a log of changes (WAL) beside it.

    While a connection is open, the log stays there, and SQLite would apply it to a file that is put in the place of this one.
    """
    path = _path_of(url)
    return path is not None and path.with_name(f"{path.name}-wal").exists()


def sqlite_file(url: sa.URL) -> tuple[int, ...] | None:
    """What tells whether a SQLite file was replaced or changed: an open connection would go on with the old one, or with its old pages."""
    path = _path_of(url)
    if path is None or not path.exists():
        return None
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _connection_of_dlt() -> str:
    @with_config(sections=(known_sections.SOURCES, "sql_database"))
    def connection(credentials: ConnectionStringCredentials = dlt.secrets.value) -> str:
        return str(credentials.to_native_representation())

    try:
        return connection()
    except ConfigFieldMissingException:
        raise SourceError(Invalid(FIELD, "", f"{EXAMPLE}, or set {_VARIABLE}")) from None
