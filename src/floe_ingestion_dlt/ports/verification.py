"""What a check of tables asks of the place where they are; nothing is ever written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, final

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.verification.facts import TableFacts

# The cursor in a state; None where it has none, or several. A failure says why the state cannot be read.
CursorIn: TypeAlias = Callable[[str], Result[StateCursor | None, str]]


@final
@dataclass(frozen=True, slots=True)
class Strays:
    """How many rows belong to rows that are not there, and the id of such a one."""

    rows: int
    example: str


class Verifiable(Protocol):
    """Tables that can be checked."""

    def inspect(
        self, table: TableName, cursor_in: CursorIn, *, rows: bool
    ) -> Result[TableFacts | None, Fault]:
        """All that is known of one version of the table; None where there is no such table.

        With *rows* the files and columns are opened too. Where one thing cannot be asked, the others still are.
        """
        ...

    def strays(
        self, nested: TableName, column: str, homes: Sequence[TableName], key: str
    ) -> Result[Strays, Fault]:
        """The rows of *nested* whose *column* is the *key* of no row in *homes*.

        There are none while *homes* await a load that brings rows to *nested* first.
        """
        ...
