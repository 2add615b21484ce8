"""Items for dlt: tables as large as a row group, which dlt writes before it holds too many bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias, final

import pyarrow as pa

# A table, several tables, or rows.
Item: TypeAlias = "pa.Table | list[pa.Table] | list[dict[str, object]]"

# The rows, or bytes, at which tables are large enough: dlt writes each as a row group, and a file of small groups would be written again.
GROUP_ROWS: Final = 524_288
GROUP_BYTES: Final = 64 << 20
# The bytes that dlt may buffer before the last table. A flush takes dlt a second, so this must not be small.
HELD_BYTES: Final = 256 << 20
# dlt writes when it has buffered so many rows, or so many tables: its `buffer_max_items`.
DLT_BUFFER: Final = 5_000


def buffered(items: Iterable[Item]) -> Iterator[Item]:
    """The items, in larger tables; dlt writes them in time, however large their rows are."""
    return written_in_time(grouped(items))


def grouped(items: Iterable[Item]) -> Iterator[Item]:
    """The items; tables that follow each other and have the same columns are one, up to the size of a row group."""
    waiting = _Waiting()
    for item in items:
        if not waiting.takes(item):
            yield waiting.joined()
        if not isinstance(item, pa.Table):
            yield item
            continue
        waiting.add(item)
        if waiting.is_enough:
            yield waiting.joined()
    if waiting.tables:
        yield waiting.joined()


@final
@dataclass(slots=True)
class _Waiting:
    """Tables that will be one."""

    tables: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    def takes(self, item: Item) -> bool:
        """Whether the item can be added, or nothing waits before it."""
        if not self.tables:
            return True
        return isinstance(item, pa.Table) and item.schema.equals(self.tables[0].schema, check_metadata=True)

    def add(self, table: pa.Table) -> None:
        self.tables.append(table)
        self.rows += table.num_rows
        self.bytes += table.nbytes

    @property
    def is_enough(self) -> bool:
        return self.rows >= GROUP_ROWS or self.bytes >= GROUP_BYTES or len(self.tables) >= DLT_BUFFER

    def joined(self) -> pa.Table:
        """The tables as one; none waits any more."""
        joined = self.tables[0] if len(self.tables) == 1 else pa.concat_tables(self.tables)
        self.tables, self.rows, self.bytes = [], 0, 0
        return joined


def written_in_time(items: Iterable[Item]) -> Iterator[Item]:
    """The items; when the buffered tables become too large, empty tables are added so that dlt writes them."""
    held = 0
    for item in items:
        if isinstance(item, pa.Table) and item.num_rows < DLT_BUFFER:
            held += item.nbytes
        if isinstance(item, pa.Table) and held > HELD_BYTES:
            held = 0
            yield [item, *[item.slice(0, 0)] * DLT_BUFFER]
        else:
            yield item
