"""The types of the columns of CSV files: those of the table, else those that hold the values of the first rows of all files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal as Number
from typing import Any, Final, final

import pyarrow as pa
import pyarrow.compute as pc
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.types import from_arrow, to_arrow
from floe_ingestion_dlt.adapters.sources.columns import TIMESTAMP, TIMESTAMPTZ, Column, Misfit
from floe_ingestion_dlt.adapters.sources.expected_types import Expected, settled
from floe_ingestion_dlt.adapters.sources.filesystem.csv_numbers import Numbers
from floe_ingestion_dlt.adapters.sources.json_columns import columns_of
from floe_ingestion_dlt.domain.schema import ColumnType, Scalar
from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT, joined

_WHOLE: Final = re.compile(r"\s*(-?(?:0|[1-9][0-9]*))\s*")
_BROKEN: Final = re.compile(r"\s*(-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)\s*")
_CODE: Final = re.compile(r"\s*-?0[0-9]")
_FLAGS: Final = {"true": True, "false": False}


@final
@dataclass(slots=True)
class CsvColumns:
    """The types of the columns of one load.

    Those that are *fixed*, by options or for slices, hold for all values. Other columns are read in their *types* by pyarrow,
    unless some values do not fit: these are *mixed*, are read as text, and then value by value. *new* are the types of columns that
    the table lacks, for all files. *unseen* ones are text only because they have had no value yet.
    """

    expected: Expected
    fixed: Mapping[str, pa.DataType]
    types: dict[str, pa.DataType] = field(default_factory=dict)
    new: dict[str, pa.DataType] = field(default_factory=dict)
    mixed: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.types |= self.fixed

    def found(self) -> dict[str, pa.DataType]:
        """The types of the columns that have had a value and are not mixed."""
        left_out = self.unseen | self.mixed
        return {name: kind for name, kind in (self.types | self.new).items() if name not in left_out}

    def is_known(self, name: str) -> bool:
        """Whether the type of the column does not depend on its values."""
        return name in self.fixed or self.expected.column_type(name) is not None

    def look(self, inferred: Iterable[pa.Schema]) -> None:
        """Give each new column one type for all files, of whose first rows these are the types."""
        kinds: dict[str, list[pa.DataType]] = {}
        for column in (column for schema in inferred for column in schema):
            if not self.is_known(column.name) and not pa.types.is_null(column.type):
                kinds.setdefault(column.name, []).append(settled(column.type, None))
        self.new |= {name: _shared(found) for name, found in kinds.items()}

    def settle(self, inferred: pa.Schema) -> None:
        """Give each column of a file the type that it keeps; one without a value is text until it has one."""
        for column in inferred:
            if column.name in self.fixed or column.name in self.mixed:
                continue
            if self.is_known(column.name):
                self._settle_known(column)
            else:
                self._settle_new(column)

    def _settle_new(self, column: pa.Field[pa.DataType]) -> None:
        """Read the column in the type of all files; whole numbers as such, because not each of them has a double."""
        name, has_values = column.name, not pa.types.is_null(column.type)
        if name not in self.new and has_values:
            self.new[name] = settled(column.type, None)
        shared = self.new.get(name)
        if shared is None:
            self.types[name] = pa.string()
            self.unseen.add(name)
            return
        is_whole = pa.types.is_integer(column.type) and pa.types.is_floating(shared)
        self.types[name] = pa.int64() if is_whole else shared
        self.unseen.discard(name)

    def _settle_known(self, column: pa.Field[pa.DataType]) -> None:
        """Read the column in the type of the table if the first rows fit into it, else value by value."""
        kind = self.expected.type_of(column.name)
        if kind is not None and (read := _readable(column.type, kind)) is not None:
            self.types[column.name] = read
        else:
            self.mix(column.name)

    def mix(self, name: str) -> None:
        """Read the column value by value from now on."""
        self.mixed.add(name)
        self.types[name] = pa.string()

    def sorted(self, table: pa.Table, numbers: Numbers) -> Result[pa.Table, tuple[str, Misfit]]:
        """The table with the values of mixed columns in their types, and in columns beside them; a failure names its column."""
        names = table.column_names
        columns: dict[str, Column | pa.ChunkedArray[Any]] = {}
        for name in names:
            if name in self.fixed:
                columns[name] = table[name]
                continue
            known = self.expected.column_type(name)
            if known is None and self.new.get(name) == pa.float64() and name not in self.mixed:
                known = Scalar.DOUBLE
            if name not in self.mixed and _is_exact(table[name], known):
                columns[name] = table[name].cast(pa.float64()) if known is Scalar.DOUBLE else table[name]
                continue
            values = _values(table[name], known, numbers)
            made = columns_of(name, values, known, names)
            if isinstance(made, Failure):
                return Failure((name, made.failure()))
            columns |= made.unwrap()
        # rows without a value are rows, too
        return Success(pa.table(columns or {name: pa.nulls(table.num_rows) for name in names}))


def _is_exact(values: pa.ChunkedArray[Any], known: ColumnType | None) -> bool:
    """Whether the values need not be looked at one by one: only large whole numbers may have no double."""
    if known is not Scalar.DOUBLE or not pa.types.is_integer(values.type):
        return True
    limits = pc.min_max(values)
    low, high = limits["min"].as_py(), limits["max"].as_py()
    return low is None or (low >= -LARGEST_EXACT and high <= LARGEST_EXACT)


def _readable(inferred: pa.DataType, kind: pa.DataType) -> pa.DataType | None:
    """The type in which pyarrow reads values for a column of this *kind*; None if the first rows do not fit into it."""
    is_whole, is_broken = pa.types.is_integer(inferred), pa.types.is_floating(inferred)
    if is_whole and kind == pa.float64():
        return pa.int64()  # not each of them has a double
    if (is_whole and pa.types.is_integer(kind)) or (is_broken and pa.types.is_floating(kind)):
        return kind
    if (is_whole or is_broken) and pa.types.is_decimal(kind):
        return kind
    read = settled(inferred, kind)
    return read if read == kind or (kind == TIMESTAMPTZ and read == TIMESTAMP) else None


def _shared(kinds: list[pa.DataType]) -> pa.DataType:
    """The type in which all values can be read: text, if there is no narrower one."""
    shared = from_arrow(kinds[0])
    for kind in kinds[1:]:
        wider = joined(shared, from_arrow(kind))
        if wider is None:
            return pa.string()
        shared = wider
    return to_arrow(shared)


def _values(column: pa.ChunkedArray[Any], known: ColumnType | None, numbers: Numbers) -> list[object]:
    """The values as JSON would have them: numbers as such, and other texts as they are."""
    if not pa.types.is_string(column.type):
        return list(pa.table({"": column}).to_pydict()[""])
    texts = pa.table({"all": column, "numbers": numbers.plain(column)}).to_pydict()
    return [
        _word(text, known) if (number := _number(plain)) is None else number
        for text, plain in zip(texts["all"], texts["numbers"], strict=True)
    ]


def _number(text: str | None) -> int | Number | None:
    """The number that the text is; None if it is none, or a code such as 007."""
    if text is None:
        return None
    if found := _WHOLE.fullmatch(text):
        return int(found[1])
    found = _BROKEN.fullmatch(text)
    return Number(found[1]) if found and not _CODE.match(text) else None


def _word(text: str | None, known: ColumnType | None) -> object:
    """The text as a flag or as nan, if the column has such values, else itself."""
    plain = "" if text is None else text.strip().lower()
    if known is Scalar.BOOLEAN:
        return _FLAGS.get(plain, text)
    return float(plain) if known is Scalar.DOUBLE and plain == "nan" else text
