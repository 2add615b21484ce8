"""Items for dlt, which buffers them until it has enough rows, however large the rows are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import pyarrow as pa

# A table, several tables, or rows.
Item: TypeAlias = "pa.Table | list[pa.Table] | list[dict[str, object]]"

# The bytes that dlt may buffer before the last table. A flush takes dlt a second, so this must not be small.
HELD_BYTES: Final = 256 << 20
# dlt writes when it has buffered so many rows, or so many tables: its `buffer_max_items`.
DLT_BUFFER: Final = 5_000


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
