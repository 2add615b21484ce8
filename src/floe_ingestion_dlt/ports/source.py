"""Where rows come from.

A read yields batches of rows and positions, as Singer's taps yield records and states. Batches are Arrow. A source whose rows
have no types, such as an API, yields mappings: the engine infers the types, and puts lists into nested tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeAlias, final, runtime_checkable

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.cursors import NO_OPTIONS, CursorOptions
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Category, Fault, NotSliceable, SourceFailed
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.domain.known_answers import KnownAnswer
from floe_ingestion_dlt.domain.known_files import KnownFiles
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.domain.schema import Column, ColumnType
from floe_ingestion_dlt.domain.slices import Part, Rows
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.retries import NoRetries, Retries

Report: TypeAlias = Callable[[Event], None]
# The type of the table's column for a column name of the source; None if the table has no such column.
TypeOf: TypeAlias = Callable[[str], ColumnType | None]


def unreported(_event: Event) -> None:
    """Ignore the event."""


def untyped(_column: str) -> None:
    """The type without a table: None."""


@final
@dataclass(frozen=True, slots=True)
class Position:
    """A position in a source: the highest cursor value or, without a cursor, the source's own value; it can be stored as JSON."""

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


@final
@dataclass(frozen=True, slots=True)
class FilesRead:
    """All rows of these *files* were yielded by this or by earlier readings.

    The rows that this reading yielded replace the table's rows of the *changed* files, which are named as in their column of provenance.
    """

    files: KnownFiles
    changed: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class ParquetCopy:
    """A Parquet file at *path* with so many *rows*, which is loaded as it is; *columns* is a table with its columns, and no rows.

    The source has read all rows, and what the file's footer says of them is true. The file belongs to whoever receives it.
    """

    path: Path
    columns: ArrowStream
    rows: int


Message: TypeAlias = ArrowBatch | RowBatch | ParquetCopy | Position | FilesRead


@final
@dataclass(frozen=True, slots=True)
class Copies:
    """A *folder* into which a source may copy Parquet files that have only columns of which the load *keeps* the names."""

    folder: Path
    keeps: Callable[[str], bool]


@final
@dataclass(frozen=True, slots=True)
class AnswerLedger:
    """The *known* answer whose rows are in the table, and how to *keep* another one, or none, with the rows of this reading.

    *settings* are those of the load: with others, the same answer would give other rows.
    """

    keep: Callable[[KnownAnswer | None], None]
    settings: str
    known: KnownAnswer | None = None


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is read.

    The *cursor* is the column by which new rows are recognised. *type_of* is the type of the table's column, in which values
    without a type are read if they fit. Rows outside of the *window* may be left out; rows outside of the *part* must be.
    *retries* retries single requests, and has the run's deadline. *report* records events of the source. *types* are the types
    in which values without a type are read, by the names of the source's columns; a source adds those of other columns. Rows of
    *known_files* are in the table; None if rows that are not read would be removed from it. With *is_appended*, rows are added to
    those of the table, whatever is in it. If the load
    *discards* values that do not fit into the table, fields of objects may come apart from their objects. *answers* is the ledger of an
    API's answers; None if nothing may be kept. Rows beyond the *limits* of the cursor may be left out. If *look_back* is set, the read
    begins there, and rows before the last value are loaded, too. If *copies* is set, no row is changed or left out by the load. A batch
    should have no more than *table_bytes*.
    """

    cursor: str | None = None
    type_of: TypeOf = untyped
    retries: Retries = field(default_factory=NoRetries)
    report: Report = unreported
    window: Window | None = None
    part: Part | None = None
    types: dict[str, str] = field(default_factory=dict)
    known_files: KnownFiles | None = None
    is_appended: bool = False
    discards: bool = False
    answers: AnswerLedger | None = None
    limits: CursorOptions = NO_OPTIONS
    look_back: Position | None = None
    copies: Copies | None = None
    table_bytes: int = DEFAULT_MEMORY.table

    @property
    def ordered_by(self) -> str | None:
        """The column that says which rows are read, if there is one."""
        return self.window.column if self.window else self.cursor


class Snapshot(Protocol):
    """A state of a source that several readers can read."""

    @property
    def name(self) -> str:
        """The name by which readers find it."""
        ...

    def is_held(self) -> bool:
        """Whether readers can still find it."""
        ...

    def close(self) -> None:
        """Give it up; never raises."""
        ...


class SourceError(Exception):
    """Ends a read with a *fault*."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.message}. {fault.next_step}")
        self.fault = fault


class NothingToReadError(Exception):
    """Ends a read that found nothing to read, such as no file; this is not the same as a source with no rows."""


def unreadable(cause: str, next_step: str, category: Category = Category.PERMANENT) -> SourceError:
    """The error to raise for data that cannot be read."""
    return SourceError(SourceFailed(cause, category, next_step))


@runtime_checkable
class OrdersTexts(Protocol):
    """A source that says itself which texts of a cursor are new: its order may differ from that of their code points."""

    orders_texts: ClassVar[Literal[True]]


@runtime_checkable
class HasKeys(Protocol):
    """A source that is read by a cursor, and gives the keys of all of its rows without the rows."""

    def keys(self, unit: str, is_key: Callable[[str], bool], reading: Reading) -> Iterator[ArrowStream]:
        """The columns for which *is_key*, in the values that a read without a cursor would yield, of all rows of the unit.

        They must be of a moment after all rows of the last `read` were yielded. Raises `SourceError` for a fault.
        """
        ...


class Source(Protocol):
    """Rows in units: tables, queries, sets of files, endpoints. A read can be repeated until its position is acknowledged."""

    def probe(self, timeout: float) -> Result[None, Fault]:
        """Whether the source answers within *timeout* seconds."""
        ...

    def units(self) -> Result[tuple[str, ...], Fault]:
        """The names of the units that can be read, at least one."""
        ...

    def columns(self, unit: str) -> Result[tuple[Column, ...] | None, Fault]:  # noqa: ARG002 - a source may need it
        """The columns of the unit, if they are known before it is read; by default None: they are known after reading."""
        return Success(None)

    def files(self) -> Result[FileList | None, Fault]:
        """The files that a read would read now; by default None: the source is not read from files."""
        return Success(None)

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:
        """The rows of the unit in the source's order; each position covers all rows that were yielded before it.

        Rows before *since* are committed, and may be left out, as may rows outside of a window; no other row may be. The iterator raises `SourceError` for a fault,
        `NothingToReadError` if there is nothing to read, and no other exception. Rows that were yielded before are then not loaded.
        """
        ...

    def slices(
        self,
        unit: str,  # noqa: ARG002 - a source may need it
        count: int,  # noqa: ARG002 - as above
        by: str | None,  # noqa: ARG002 - as above
        reading: Reading = Reading(),  # noqa: ARG002 - as above, and it is immutable
    ) -> Result[tuple[Rows, ...], Fault]:
        """At most *count* parts that together have each row of the *reading* once, by ranges of the column *by* or as the source decides.

        There are none if there is nothing to read. By default, the unit cannot be sliced.
        """
        return Failure(NotSliceable("this kind of source has no parts", "Load it without slices."))

    def hold_snapshot(self, unit: str) -> Result[Snapshot | None, Fault]:  # noqa: ARG002 - a source may need it
        """A state of the unit that several readers can read until it is closed; by default None: each reads what is there."""
        return Success(None)

    def place(self) -> str:
        """Where the rows are and how they are read, without credentials; by default empty: it is not known."""
        return ""

    def acknowledge(self, unit: str, position: Position) -> Result[None, Fault]:  # noqa: ARG002 - a source may need it
        """The rows before *position* are committed; the source may delete them. By default, nothing happens."""
        return Success(None)


class Sources(Protocol):
    """Opens sources of every kind."""

    def check_packages(self, kind: str) -> Result[None, Fault]:
        """Whether the packages that every source of this kind needs are installed."""
        ...

    def open(self, settings: SourceSettings) -> Result[Source, Fault]:
        """The source with these settings; nothing is read yet."""
        ...

    def close(self) -> None:
        """Close the connections that sources keep open between two reads; they are opened again when they are needed."""
        ...
