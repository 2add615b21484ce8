"""JSON lines as Arrow: streamed, with one type for each column, and no line passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import IO, Any, Final, final

import pyarrow as pa
from returns.result import Failure

from floe_ingestion_dlt.adapters.dlt.sources.columns import (
    Column,
    column_of,
    fitting,
    named_type,
)
from floe_ingestion_dlt.adapters.dlt.sources.expected import Expected
from floe_ingestion_dlt.adapters.dlt.sources.faults import SourceError, unreadable
from floe_ingestion_dlt.adapters.dlt.sources.files import OpenFile
from floe_ingestion_dlt.source_options.readers import JsonlOptions

BATCH_LINES: Final = 50_000
BATCH_BYTES: Final = 8 << 20

Line = tuple[int, dict[str, Any]]


@final
@dataclass(slots=True)
class JsonlReader:
    """Reads the files of one load; the types that the table or the first values have hold for all.

    The lines are parsed by Python's own parser: pyarrow's turns texts into timestamps, loses digits of large integers,
    and does not tell which line is broken.
    """

    options: JsonlOptions
    expected: Expected = field(default_factory=Expected)
    types: dict[str, pa.DataType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.types.update({name: named_type(text) for name, text in self.options.column_types.items()})

    def read(self, open_file: OpenFile, path: str) -> Iterator[pa.Table]:
        """The file's lines, in batches of bounded size."""
        with open_file() as file:
            lines = self._parsed(file, path)
            while batch := _batch(lines):
                yield self._table(batch, path)

    def _parsed(self, file: IO[bytes], path: str) -> Iterator[tuple[int, Line]]:
        """Each line that is not blank: its size, its number, and its object."""
        decoder = json.JSONDecoder(parse_float=Decimal if self._has_decimals() else None)
        for number, line in enumerate(file, 1):
            if line.isspace():
                continue
            try:
                row = decoder.decode(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except ValueError as error:
                raise _broken(path, number, "is not JSON") from error
            if not isinstance(row, dict):
                raise _broken(path, number, "is not a JSON object")
            yield len(line), (number, row)

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
        # rows without a value are rows still
        return pa.table({name: pa.nulls(len(lines)) for name in names or ("_empty",)})

    def _has_decimals(self) -> bool:
        """Whether a decimal was asked for: then no number may pass through a float."""
        return any(pa.types.is_decimal(known) for known in self.types.values())

    def _column(self, name: str, lines: list[Line], path: str) -> Column | None:
        values = [row.get(name) for _, row in lines]
        expected = self.expected.type_of(name)
        # a column of texts holds any value, as its JSON
        takes_any = expected is not None and pa.types.is_string(expected)
        known = self.types.get(name) or (expected if takes_any else fitting(values, expected))
        if self._has_decimals() and (known is None or not pa.types.is_decimal(known)):
            values = [float(value) if type(value) is Decimal else value for value in values]
        result = column_of(values, known, from_text=takes_any or name in self.options.column_types)
        if isinstance(result, Failure):
            misfit = result.failure()
            place = f", line {lines[misfit.position][0]}" if misfit.position is not None else ""
            raise unreadable(
                f"{path}{place}, column {name}: {misfit.reason}",
                "Name the column's type in reader_options.column_types ('string' takes any value), then run again.",
            )
        return result.unwrap()


def _batch(lines: Iterator[tuple[int, Line]]) -> list[Line]:
    batch: list[Line] = []
    size = 0
    for length, line in islice(lines, BATCH_LINES):
        batch.append(line)
        size += length
        if size >= BATCH_BYTES:
            break
    return batch


def _broken(path: str, number: int, what: str) -> SourceError:
    return unreadable(
        f"{path}, line {number} {what}", "Mend the line, or leave the file out by include_glob."
    )
