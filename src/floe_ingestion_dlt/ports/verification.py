"""What a check of tables reads from a destination; nothing is ever written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, final

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.verification.facts import TableFacts

# The cursor in a state; None if it has none or several. A failure says why the state cannot be read.
CursorIn: TypeAlias = Callable[[str], Result[StateCursor | None, str]]


@final
@dataclass(frozen=True, slots=True)
class Strays:
    """The number of nested rows whose root or parent row does not exist, and one of the missing ids."""

    rows: int
    example: str


class Verifiable(Protocol):
    """Tables that can be checked."""

    def inspect(
        self, table: TableName, cursor_in: CursorIn, *, rows: bool
    ) -> Result[TableFacts | None, Fault]:
        """All facts of one version of the table; None if there is no such table.

        With *rows*, data files and columns are read, too. If one part cannot be checked, the others still are.
        """
        ...

    def strays(
        self, nested: TableName, column: str, homes: Sequence[TableName], key: str
    ) -> Result[Strays, Fault]:
        """The rows of *nested* whose *column* is not the *key* of any row in *homes*.

        There are none while a load that commits *nested* before *homes* is not finished.
        """
        ...
