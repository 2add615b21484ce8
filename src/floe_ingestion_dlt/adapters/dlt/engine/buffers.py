"""Items for dlt: tables as large as a row group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.waiting_tables import WaitingTables

# A table, several tables, or rows.
Item: TypeAlias = "pa.Table | list[pa.Table] | list[dict[str, object]]"

# The rows at which tables are large enough: dlt writes each as a row group, and a file of small groups would be written again.
GROUP_ROWS: Final = 524_288
# Tables without rows have no bytes, and would wait for ever.
MOST_TABLES: Final = 5_000


def grouped(items: Iterable[Item], size: int, rows: int = GROUP_ROWS) -> Iterator[Item]:
    """The items; tables that follow each other and have the same columns are one, up to a *size* in bytes or so many *rows*."""
    waiting = WaitingTables(rows, size)
    for item in items:
        if waiting.tables and not _are_alike(waiting.tables[0], item):
            yield waiting.joined()
        if not isinstance(item, pa.Table):
            yield item
            continue
        yield from waiting.add(item)
        if len(waiting.tables) >= MOST_TABLES:
            yield waiting.joined()
    if waiting.tables:
        yield waiting.joined()


def _are_alike(table: pa.Table, item: Item) -> bool:
    return isinstance(item, pa.Table) and item.schema.equals(table.schema, check_metadata=True)
