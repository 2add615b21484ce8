"""Workbooks as Arrow: one sheet of each file, each cell in the type of its column."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, final

import pyarrow as pa
from returns.result import Failure

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.adapters.sources.columns import Column, column_of, named_type
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.excel_sheets import Row, Sheet, sheet_of
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.header_checks import check_distinct, check_typed
from floe_ingestion_dlt.adapters.sources.filesystem.provenance import with_lines
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import ExcelOptions
from floe_ingestion_dlt.adapters.sources.json_columns import as_text
from floe_ingestion_dlt.adapters.sources.json_values import MISFIT, fitted
from floe_ingestion_dlt.adapters.sources.value_columns import ValueColumns, table_of
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.header_names import named_columns
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.domain.sheet_cells import column_letters
from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT
from floe_ingestion_dlt.ports.source import unreadable

BATCH_ROWS: Final = 20_000
_NAME_THE_TYPE: Final = (
    "Correct the cell, or name the column's type in reader_options.column_types ('string' takes any value)."
)


@final
@dataclass(slots=True)
class ExcelReader:
    """Reads a sheet of each file of one load: values in the column types of the table, else in their own, or beside them."""

    options: ExcelOptions
    expected: Expected = field(default_factory=Expected)
    columns: ValueColumns = field(init=False)
    headers: list[pa.Schema] = field(default_factory=list)
    has_lines: bool = False

    def __post_init__(self) -> None:
        named = {name: named_type(text) for name, text in self.options.column_types.items()}
        self.columns = ValueColumns(self.expected, named)

    def found(self) -> dict[str, pa.DataType]:
        return self.columns.types

    def schemas(self) -> Sequence[pa.Schema]:
        return self.headers

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The rows of the sheet, in batches."""
        sheet = sheet_of(open_file, path, self.options)
        rows = self._rows(sheet)
        if (names := self._header(sheet, rows)) is None:
            return
        has_rows = False
        while batch := [*islice(rows, BATCH_ROWS)]:
            has_rows = True
            yield self._table(sheet, names, batch)
        if not has_rows:
            fixed = self.columns.fixed
            self.headers.append(pa.schema([(name, fixed.get(name, pa.null())) for name in names.values()]))

    def _rows(self, sheet: Sheet) -> Iterator[Row]:
        """The header and the rows, without those that are left out, and without empty ones."""
        options = self.options
        first = options.skip_rows if options.header_row is None else options.header_row - 1
        troubles = sheet.troubles(options.null_values or (), has_merged=options.merged_cells != "error")
        rows = sheet.filled() if options.merged_cells == "all" else sheet.numbered()
        filled = {*troubles, *(place[0] for place in sheet.cells.errors)}
        kept = (row for row in rows if row[0] >= first and (row[0] in filled or any(v != "" for v in row[1])))
        for number, cells in _without_last(kept, options.skip_footer):
            if (trouble := troubles.get(number)) is not None:
                raise trouble
            nulls = options.null_values or ()
            yield number, [None if value in nulls else _plain(value) for value in cells]

    def _header(self, sheet: Sheet, rows: Iterator[Row]) -> dict[int, str] | None:
        """The names of the columns by their places; None if the sheet is empty."""
        given = self.options.column_names
        if not self.options.has_header:
            return dict(enumerate(given or ()))
        if (first := next(rows, None)) is None:
            return None
        wanted = self.options.header_row
        if wanted is not None and first[0] != wanted - 1:
            step = "Set reader_options.header_row to the row with the names of the columns."
            raise unreadable(f"{sheet.place}, row {wanted} is empty", step, Category.CONFIGURATION)
        texts = ["" if value is None else _name(value) for value in first[1]]
        names = given or named_columns(texts)
        self._check_names(sheet, names)
        return dict(enumerate(names))

    def _check_names(self, sheet: Sheet, names: Sequence[str]) -> None:
        allowed = self.options.limits().columns(len(names))
        if isinstance(allowed, Failure):
            over = allowed.failure()
            raise unreadable(f"{sheet.place}: {over.message}", over.next_step)
        check_distinct(names, sheet.place)
        check_typed(names, sheet.place, self.options.column_types)

    def _table(self, sheet: Sheet, names: dict[int, str], rows: list[Row]) -> pa.Table:
        widest = max(len(row) for _, row in rows)
        for place in range(len(names), widest):
            here = next((number for number, row in rows if len(row) > place and row[place] is not None), None)
            if here is not None:
                step = "Name the column in the header, or set reader_options.header_row to the row with the names."
                raise sheet.error((here, place), "it is beside the columns that have a name", step)
        columns: dict[str, Column] = {}
        for place, name in names.items():
            values = [row[place] if place < len(row) else None for _, row in rows]
            if (kind := self.columns.named.get(name)) is not None:
                values = [_in_type(value, kind) for value in values]
            made = self.columns.columns(name, values, names.values())
            if isinstance(made, Failure):
                at = made.failure().position
                where = sheet.place if at is None else f"{sheet.place}, row {rows[at][0] + 1}"
                letters = column_letters(place)
                raise unreadable(
                    f"{where}, column {letters} ({shown(name)}): {made.failure().reason}", _NAME_THE_TYPE
                )
            columns |= made.unwrap()
        table = table_of(columns, names.values(), len(rows))
        return with_lines(table, [number + 1 for number, _ in rows], sheet.path) if self.has_lines else table


def _plain(value: object) -> object:
    """The value of a cell: whole numbers, which are stored as floats, are ints, and a span of time is a text."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT:
        return int(value)
    if isinstance(value, dt.timedelta):
        return _span(value)
    return None if value == "" else value


def _in_type(value: object, kind: pa.DataType) -> object:
    """The value in the type that is named for its column; itself if it does not fit."""
    if value is None or pa.types.is_string(kind):
        return value if value is None else as_text(value)
    if isinstance(value, str):
        read = column_of([value], kind, from_text=True).value_or(None)
        return value if read is None else read[0].as_py()
    fits = fitted(value, from_arrow(kind))
    return value if fits is MISFIT else fits


def _span(span: dt.timedelta) -> str:
    """Hours, minutes and seconds: Iceberg has no type for spans of time."""
    sign, seconds = ("-", -span) if span < dt.timedelta(0) else ("", span)
    minutes, rest = divmod(seconds, dt.timedelta(minutes=1))
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest.microseconds:06d}" if rest.microseconds else ""
    return f"{sign}{hours:02d}:{minutes:02d}:{rest.seconds:02d}{fraction}"


def _name(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _without_last(rows: Iterable[Row], number: int) -> Iterator[Row]:
    held: deque[Row] = deque()
    for row in rows:
        held.append(row)
        if len(held) > number:
            yield held.popleft()
