"""The connection to a database."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import dlt
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    ConnectionStringCredentials,
    known_sections,
    with_config,
)
from floe_ingestion_dlt.adapters.sources.json_texts import kept_json
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.database_urls import EXAMPLE, FIELD, asynchronous, without_dialect
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.ports.source import SourceError, unreadable

APPLICATION: Final = "floe-ingestion-dlt"
CONNECT_SECONDS: Final = 30
# SQLAlchemy logs statements, and rows at level DEBUG; loggers with this name log nothing.
_UNLOGGED: Final = "floe_ingestion_dlt"
_WITH_JSON: Final = frozenset({"postgresql", "cockroachdb", "mysql", "mariadb", "sqlite"})


def engine_of(source: SqlDatabase, wait: float | None = None) -> sa.Engine:
    """An engine without a pool, whose connections are made within *wait* seconds if the driver has such a limit.

    If the source has no connection string, that of dlt's configuration is used.
    """
    url = source.connection.reveal() if source.connection is not None else _connection_of_dlt()
    for logger in ("engine.Engine", "pool.impl.NullPool"):
        logging.getLogger(f"sqlalchemy.{logger}.{_UNLOGGED}").addFilter(_nothing)
    try:
        made = _sync_url(url)
        engine = sa.create_engine(
            made,
            poolclass=NullPool,
            hide_parameters=True,
            logging_name=_UNLOGGED,
            pool_logging_name=_UNLOGGED,
            connect_args=_arguments(made, wait),
            **_json_option(made),
        )
    except sa.exc.NoSuchModuleError:
        raise SourceError(without_dialect(url)) from None
    except (ValueError, sa.exc.ArgumentError):
        # the error has the URL's parts in it, the password among them
        is_jdbc = url.startswith("jdbc:")
        fault = without_dialect(url) if is_jdbc else Invalid(FIELD, None, EXAMPLE)
        raise SourceError(fault) from None
    _check_file(engine.url)
    return engine


def _sync_url(text: str) -> sa.URL:
    url = sa.make_url(text)
    if url.get_dialect().is_async:
        raise SourceError(asynchronous(url.get_backend_name(), url.get_driver_name()))
    return url


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _arguments(url: sa.URL, wait: float | None) -> dict[str, object]:
    """Options for the driver's connection; the URL and the driver's own variable take precedence."""
    seconds = max(min(CONNECT_SECONDS, CONNECT_SECONDS if wait is None else round(wait)), 2)
    match url.get_backend_name(), url.get_driver_name():
        case "postgresql", "psycopg" | "psycopg2":
            arguments: dict[str, object] = {"fallback_application_name": APPLICATION}
            if "PGCONNECT_TIMEOUT" not in os.environ:
                arguments["connect_timeout"] = seconds
        case "mysql" | "mariadb", "pymysql":
            arguments = {"program_name": APPLICATION, "connect_timeout": seconds}
        case _:
            arguments = {}
    return {name: value for name, value in arguments.items() if name not in url.query}


def _json_option(url: sa.URL) -> dict[str, Callable[[str | bytes], str]]:
    """Let the driver, or SQLAlchemy in its place, hand over JSON as the database writes it; other databases have no such option."""
    return {"json_deserializer": kept_json} if url.get_backend_name() in _WITH_JSON else {}


def _check_file(url: sa.URL) -> None:
    """Refuse a SQLite file that does not exist, because SQLite would create it."""
    name = url.database or ":memory:"
    if url.get_backend_name() != "sqlite" or name == ":memory:" or name.startswith("file:"):
        return
    if not Path(name).exists():
        raise unreadable(
            f"the database {name} does not exist", "Set connection_string to a file that is there."
        )


def _connection_of_dlt() -> str:
    @with_config(sections=(known_sections.SOURCES, "sql_database"))
    def connection(credentials: ConnectionStringCredentials = dlt.secrets.value) -> str:
        return str(credentials.to_native_representation())

    return connection()
