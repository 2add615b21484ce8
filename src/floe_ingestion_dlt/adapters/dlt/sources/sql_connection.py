"""The connection to a database."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import dlt
import sqlalchemy as sa
from dlt.common.configuration import with_config
from dlt.common.configuration.specs import ConnectionStringCredentials, known_sections
from sqlalchemy.pool import NullPool

from floe_ingestion_dlt.adapters.dlt.sources.faults import SourceError, unreadable
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.sources import SqlDatabase

_URL: Final = "a URL such as postgresql://user:password@host:5432/database"


def engine_of(source: SqlDatabase) -> sa.Engine:
    """An engine that keeps no connection; without a connection string of the source's own, dlt's configuration has it."""
    url = source.connection.reveal() if source.connection is not None else _connection_of_dlt()
    try:
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    except sa.exc.NoSuchModuleError:
        scheme = url.partition("://")[0]
        raise SourceError(Invalid("connection_string", f"{scheme}://...", _URL)) from None
    except (ValueError, sa.exc.ArgumentError):
        # the error has the URL's parts in it, the password among them
        raise SourceError(Invalid("connection_string", "what was given", _URL)) from None
    _check_file(engine.url)
    return engine


def _check_file(url: sa.URL) -> None:
    """SQLite makes a new database of a file that is not there."""
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
