"""How tables of databases are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final


class ReadBy(Enum):
    """How rows are read: by PostgreSQL's COPY, by whole columns as MySQL and MariaDB send them, or by a database cursor, which takes longer."""

    COPY = "COPY"
    COLUMNS = "columns"
    CURSOR = "cursor"


@final
@dataclass(frozen=True, slots=True)
class TableRead:
    """How the table or query *resource* is read; an *obstacle* is why it is by a cursor, although the database has a faster way."""

    resource: str
    by: ReadBy
    obstacle: str | None = None


@final
@dataclass(frozen=True, slots=True)
class TableReadInParts:
    """The table *resource* is read by so many *connections* at once: one if there is an *obstacle* to several, or if it is small."""

    resource: str
    connections: int
    obstacle: str | None = None
