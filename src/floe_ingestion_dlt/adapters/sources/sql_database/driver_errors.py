"""The driver's own connection, and its errors as SQLAlchemy raises them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa


def driver_of(connection: sa.Connection) -> Any:
    """The connection of the driver."""
    return connection.connection.driver_connection


@contextmanager
def errors_of(connection: sa.Connection) -> Iterator[None]:
    """Raise errors of the driver as SQLAlchemy raises them: they say whether the connection is lost."""
    dialect: Any = connection.dialect
    driver = driver_of(connection)
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        is_lost = dialect.is_disconnect(error, driver, None)
        raise sa.exc.DBAPIError.instance(
            None, None, error, dialect.loaded_dbapi.Error, connection_invalidated=is_lost, dialect=dialect
        ) from error
