"""Items for dlt: tables as large as a row group, which dlt writes before it holds too many bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of
from floe_ingestion_dlt.adapters.arrow.waiting_tables import WaitingTables

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
    waiting = WaitingTables(GROUP_ROWS, GROUP_BYTES)
    for item in items:
        if waiting.tables and not _are_alike(waiting.tables[0], item):
            yield waiting.joined()
        if not isinstance(item, pa.Table):
            yield item
        elif waiting.add(item) or len(waiting.tables) >= DLT_BUFFER:
            yield waiting.joined()
    if waiting.tables:
        yield waiting.joined()


def _are_alike(table: pa.Table, item: Item) -> bool:
    return isinstance(item, pa.Table) and item.schema.equals(table.schema, check_metadata=True)


def written_in_time(items: Iterable[Item]) -> Iterator[Item]:
    """The items; when the buffered tables become too large, empty tables are added so that dlt writes them."""
    held = 0
    for item in items:
        if isinstance(item, pa.Table) and item.num_rows < DLT_BUFFER:
            held += bytes_of(item)
        if isinstance(item, pa.Table) and held > HELD_BYTES:
            held = 0
            yield [item, *[item.slice(0, 0)] * DLT_BUFFER]
        else:
            yield item
