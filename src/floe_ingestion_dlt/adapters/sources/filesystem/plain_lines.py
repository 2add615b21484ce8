"""Blocks of JSON lines, read at once by pyarrow: exactly as they are line by line, or not at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from floe_ingestion_dlt.adapters.arrow.stubs import Column, as_file
from floe_ingestion_dlt.adapters.sources.filesystem.line_blocks import NEWLINE, LineBlock
from floe_ingestion_dlt.domain.wider_types import LARGEST_EXACT

# Python's values of these types, and pyarrow's, are the same for every text of JSON that both take.
_PLAIN: Final = frozenset({pa.bool_(), pa.int32(), pa.int64(), pa.float64(), pa.string(), pa.null()})
# A block of an unusual file is tried in vain so often in a row.
_MOST_FAILURES: Final = 3
# A table has a value for every line and every column.
_MOST_VALUES: Final = 4 << 20


@final
@dataclass(slots=True)
class PlainLines:
    """Reads blocks whose lines have known columns of plain types, once a table of lines before them has shown these.

    A block that has anything else is for the reader of single lines, which also knows what is wrong and where: another
    key, a key that is there twice, a value of another type, a number that a column cannot hold, or a text that is none.
    """

    most_failures: int = _MOST_FAILURES
    _columns: dict[str, pa.DataType] | None = None
    _failures: int = 0

    def learn(self, table: pa.Table, names: Collection[str]) -> None:
        """Take the types of a table that was read line by line; *names* are all keys so far."""
        types = dict(zip(table.schema.names, table.schema.types, strict=True))
        seen = (self._columns or {}) | types
        columns = seen | {name: pa.null() for name in sorted(names) if name not in seen}
        is_plain = columns.keys() <= set(names) and _PLAIN.issuperset(columns.values())
        self._columns = columns if is_plain else None

    def table_of(self, block: LineBlock) -> pa.Table | None:
        """The block's lines; None if they must be read one by one."""
        columns = self._columns
        if not columns or self._failures >= self.most_failures:
            return None
        is_regular = _has_an_object_in_each_line(block, len(columns))
        table = _table(block, pa.schema(columns)) if is_regular else None
        self._failures = 0 if table is not None else self._failures + 1
        return table


def _has_an_object_in_each_line(block: LineBlock, columns: int) -> bool:
    """Whether each line begins and ends as an object; the last one may have a carriage return.

    With as many objects as lines, each line is then one object: after a bracket that ends a line, another object can
    only begin where no object is open. pyarrow itself does not look at lines, and crashes for a block that begins with null.
    """
    data = block.data
    if not data.startswith(b"{") or block.lines * columns > _MOST_VALUES:
        return False
    return data.count(b"}\n{") == block.lines - 1 or data.count(b"}\r\n{") == block.lines - 1


def _table(block: LineBlock, schema: pa.Schema) -> pa.Table | None:
    reading = pa_json.ReadOptions(use_threads=False, block_size=len(block.data) + len(NEWLINE))
    parsing = pa_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    try:
        table = pa_json.read_json(as_file(pa.BufferReader(block.data)), reading, parsing)
        table.validate(full=True)  # texts are in UTF-8
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.lines or not all(map(_is_exact, table.itercolumns())):
        return None
    # the type of a column is that of its values, and nulls have none
    seen = [name for name in table.column_names if table[name].null_count < table.num_rows]
    return table.select(seen) if seen else None


def _is_exact(column: Column) -> bool:
    """Whether no number of a column of floats can be a whole one that has lost digits, or infinite, or none."""
    if not pa.types.is_floating(column.type):
        return True
    return pc.all(pc.less(pc.abs(column), pa.scalar(float(LARGEST_EXACT))), min_count=0).as_py() is True
