"""Items for dlt, which holds them until it has enough rows, however large these are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

import pyarrow as pa

# A table, or rows.
Item: TypeAlias = "pa.Table | list[Any]"

# What may wait in dlt's buffer, beside the last table. To make dlt write takes it a second, so that this is not too little.
HELD_BYTES: Final = 256 << 20
# dlt writes when it holds so many rows, or so many tables: its `buffer_max_items`.
DLT_BUFFER: Final = 5_000


def written_in_time(items: Iterable[Item]) -> Iterator[Item]:
    """The items; where tables that are held become too large, with as many empty ones as make dlt write them."""
    held = 0
    for item in items:
        if isinstance(item, pa.Table) and item.num_rows < DLT_BUFFER:
            held += item.nbytes
        if isinstance(item, pa.Table) and held > HELD_BYTES:
            held = 0
            yield [item, *[item.slice(0, 0)] * DLT_BUFFER]
        else:
            yield item
