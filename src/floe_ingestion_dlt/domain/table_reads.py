"""How tables of databases are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True, slots=True)
class TableRead:
    """The table *resource* of PostgreSQL is read by COPY or, if there is an *obstacle* to that, by a database cursor, which takes longer."""

    resource: str
    obstacle: str | None = None


@final
@dataclass(frozen=True, slots=True)
class TableReadInParts:
    """The table *resource* is read by so many *connections* at once: one if there is an *obstacle* to several, or if it is small."""

    resource: str
    connections: int
    obstacle: str | None = None
