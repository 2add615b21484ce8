"""Where rows come from.

A read yields batches of rows and positions, as Singer's taps yield records and states. Batches are Arrow. A source whose rows
have no types of their own, as those of an API, yields them as mappings: who loads them infers the types, and puts lists into
tables of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, final

from returns.result import Result, Success

from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.schema import Column, ColumnType
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.retries import Never, Retries

Report: TypeAlias = Callable[[Event], None]
# The type in which the table has the column that the source calls so; None where it has none.
TypeOf: TypeAlias = Callable[[str], ColumnType | None]


def unreported(_event: Event) -> None:
    """Ignore the event."""


def untyped(_column: str) -> None:
    """There is no table yet."""


@final
@dataclass(frozen=True, slots=True)
class Position:
    """A place in a source: the highest value of the cursor, or, where none is used, the source's own mark, as JSON has it."""

    value: object


@final
@dataclass(frozen=True, slots=True)
class ArrowBatch:
    """Rows with types."""

    table: ArrowStream


@final
@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows without types."""

    rows: Sequence[Mapping[str, object]]


Message: TypeAlias = ArrowBatch | RowBatch | Position


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is read.

    The *cursor* is the column by which new rows are recognised. Values that the source does not type are read in the *type_of*
    the table's column, where they fit. *retries* try requests again, one by one, and know the run's deadline. *report* takes
    what a person should know of the source.
    """

    cursor: str | None = None
    type_of: TypeOf = untyped
    retries: Retries = field(default_factory=Never)
    report: Report = unreported


class SourceError(Exception):
    """Ends a read by a *fault*."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.message}. {fault.next_step}")
        self.fault = fault


class NothingToReadError(Exception):
    """Ends a read that found nothing that could say which rows there are: not even that there are none."""


def unreadable(cause: str, next_step: str, category: Category = Category.PERMANENT) -> SourceError:
    """The error to raise for what cannot be read."""
    return SourceError(SourceFailed(cause, category, next_step))


class Source(Protocol):
    """Rows in units: a table, a query, a set of files, an endpoint. A read can be repeated until its position is acknowledged."""

    def probe(self, timeout: float) -> Result[None, Fault]:
        """Whether the source answers within *timeout* seconds."""
        ...

    def units(self) -> Result[tuple[str, ...], Fault]:
        """The names of what can be read, at least one."""
        ...

    def columns(self, unit: str) -> Result[tuple[Column, ...] | None, Fault]:  # noqa: ARG002 - a source may need it
        """The columns of the unit that are known before it is read; None, as unless a source says otherwise, where reading tells."""
        return Success(None)

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:
        """The rows of the unit in the source's order; each position holds for all rows before it.

        Rows before *since* are committed, and may be left out; no other row is. A fault ends the iterator with a `SourceError`,
        and nothing to read with a `NothingToReadError`; no other exception does. What was yielded before then is not loaded.
        """
        ...

    def acknowledge(self, unit: str, position: Position) -> Result[None, Fault]:  # noqa: ARG002 - a source may need it
        """Take note that the rows before *position* are committed, and may be forgotten; unless a source says otherwise, nothing is."""
        return Success(None)


class Sources(Protocol):
    """Opens sources of every kind."""

    def check_packages(self, kind: str) -> Result[None, Fault]:
        """Whether what every source of this kind needs is installed."""
        ...

    def open(self, settings: SourceSettings) -> Result[Source, Fault]:
        """The source with these settings; nothing is asked of it yet."""
        ...
