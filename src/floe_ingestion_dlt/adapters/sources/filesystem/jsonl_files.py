"""JSON lines as Arrow: streamed, with one type for each column, and no line skipped."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from math import isinf
from typing import Final, TypeAlias, final

import pyarrow as pa
import pyarrow.compute as pc
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.columns import (
    Column,
    Misfit,
    column_of,
    fitting,
    named_type,
)
from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.json_faults import (
    FIX_THE_LINE,
    array_error,
    line_error,
    misfit_error,
)
from floe_ingestion_dlt.adapters.sources.filesystem.json_lines import BrokenLineError, Parser
from floe_ingestion_dlt.adapters.sources.filesystem.reader_options import JsonlOptions
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.adapters.sources.filesystem.text_encoding import Utf8
from floe_ingestion_dlt.domain.file_limits import OverLimit
from floe_ingestion_dlt.ports.source import SourceError, unreadable

BATCH_LINES: Final = 50_000
BATCH_BYTES: Final = 8 << 20
# A table has a value for every line and every key, even if each line has other keys.
BATCH_VALUES: Final = 2 << 20
CHUNK_BYTES: Final = 1 << 20

SPACE: Final = b" \t\r\n"

# Its number, and its object.
Line: TypeAlias = tuple[int, dict[str, object]]


@final
@dataclass(slots=True)
class JsonlReader:
    """Reads the files of one load, all with the column types of the table, else of the first values.

    The lines are parsed by Python's own parser: pyarrow's turns texts into timestamps, loses digits of large integers,
    and does not say which line is broken.
    """

    options: JsonlOptions
    expected: Expected = field(default_factory=Expected)
    types: dict[str, pa.DataType] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.types.update(self.expected.fixed())
        self.types.update({name: named_type(text) for name, text in self.options.column_types.items()})

    def found(self) -> dict[str, pa.DataType]:
        """The types of the columns that have had a value."""
        return self.types

    def read(self, open_file: OpenFile, path: str) -> Generator[pa.Table, None, None]:
        """The file's lines, in batches of bounded size."""
        with open_file() as file:
            lines = self._parsed(Utf8(file, self.options.encoding, path), path)
            while batch := self._batch(lines, path):
                yield self._table(batch, path)

    def _parsed(self, file: ByteStream, path: str) -> Iterator[tuple[int, Line]]:
        """Each line that is not blank: its size, its number, and its object."""
        parse = Parser(parse_float=Decimal if self._has_decimals() else None).parse
        most, is_first = self.options.max_line_bytes, True
        for number, line in enumerate(_lines(file, most), 1):
            size = len(line)
            if size > most:
                raise _over(f"{path}, line {number}", self.options.limits().line(size))
            text = line.strip(SPACE)
            if not text or text.isspace():
                continue
            if is_first and text.startswith(b"["):
                raise array_error(path, number)
            is_first = False
            try:
                yield size, (number, parse(text))
            except BrokenLineError as broken:
                raise line_error(path, number, broken) from broken

    def _batch(self, lines: Iterator[tuple[int, Line]], path: str) -> list[Line]:
        """Lines up to the limits of bytes and of values in a table of them."""
        batch: list[Line] = []
        names: set[str] = set()
        size = 0
        for length, line in islice(lines, BATCH_LINES):
            batch.append(line)
            size += length
            if not line[1].keys() <= names:
                self._check_names(f"{path}, line {line[0]}", line[1].keys() - names)
                names |= line[1].keys()
            if size >= BATCH_BYTES or len(names) * len(batch) >= BATCH_VALUES:
                break
        return batch

    def _check_names(self, place: str, names: set[str]) -> None:
        """Count new names, and refuse those that are no text."""
        if not all(map(_is_text, names)):
            raise unreadable(f"{place} has a key with half of a character (a single surrogate)", FIX_THE_LINE)
        self.names |= names
        allowed = self.options.limits().columns(len(self.names))
        if isinstance(allowed, Failure):
            raise _over(place, allowed)

    def _table(self, lines: list[Line], path: str) -> pa.Table:
        names = {name: None for _, row in lines for name in row}
        columns: dict[str, Column] = {}
        for name in names:
            column = self._column(name, lines, path)
            if column is not None:
                columns[name] = column
                self.types.setdefault(name, column.type)
        if columns:
            return pa.table(columns)
        # rows without a value are rows, too
        return pa.table({name: pa.nulls(len(lines)) for name in names or ("_empty",)})

    def _has_decimals(self) -> bool:
        """Whether a column is a decimal: then no number may become a float first."""
        return any(pa.types.is_decimal(known) for known in self.types.values())

    def _column(self, name: str, lines: list[Line], path: str) -> Column | None:
        values = [row.get(name) for _, row in lines]
        expected = self.expected.type_of(name)
        # a column of texts holds any value, as its JSON
        takes_any = expected is not None and pa.types.is_string(expected)
        known = self.types.get(name) or (expected if takes_any else fitting(values, expected))
        if self._has_decimals() and (known is None or not pa.types.is_decimal(known)):
            values = [float(value) if type(value) is Decimal else value for value in values]
        result = column_of(values, known, from_text=takes_any or name in self.options.column_types).bind(
            lambda column: _without_overflow(column, values)
        )
        if isinstance(result, Failure):
            misfit = result.failure()
            at = misfit.position
            place = path if at is None else f"{path}, line {lines[at][0]}"
            raise misfit_error(place, name, misfit, None if at is None else values[at])
        return result.unwrap()


def _is_text(key: str) -> bool:
    """Whether a key has no single surrogate, which JSON can escape."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_overflow(column: Column | None, values: Sequence[object]) -> Result[Column | None, Misfit]:
    """The column, unless a number in it was too large for a float."""
    if column is not None and pa.types.is_floating(column.type) and pc.any(pc.is_inf(column)).as_py():
        position = next((i for i, v in enumerate(values) if type(v) is float and isinf(v)), None)
        if position is not None:
            return Failure(Misfit(f"a number is too large for {column.type}", position))
    return Success(column)


def _lines(file: ByteStream, most: int) -> Iterator[bytes]:
    """The lines of a file; the first one longer than *most* bytes is the last, and may be cut off."""
    held: list[bytes] = []
    size = 0
    while chunk := file.read(CHUNK_BYTES):
        first, *others = chunk.split(b"\n")
        held.append(first)
        size += len(first)
        if others:
            yield b"".join(held)
            yield from others[:-1]
            held, size = [others[-1]], len(others[-1])
        elif size > most:
            break
    yield b"".join(held)


def _over(place: str, result: Result[None, OverLimit]) -> SourceError:
    over = result.failure()
    return unreadable(f"{place}: {over.message}", over.next_step)
