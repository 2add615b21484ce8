"""Tables for dlt, which holds them until it has enough rows, however large these are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa

# What may wait in dlt's buffer, beside the last table. To make dlt write takes it a second, so that this is not too little.
HELD_BYTES: Final = 256 << 20
# dlt writes when it holds so many rows, or so many tables: its `buffer_max_items`.
DLT_BUFFER: Final = 5_000


def written_in_time(tables: Iterable[pa.Table]) -> Iterator[pa.Table | list[pa.Table]]:
    """The tables; where those that are held become too large, with as many empty ones as make dlt write them."""
    held = 0
    for table in tables:
        held += table.nbytes if table.num_rows < DLT_BUFFER else 0
        if held > HELD_BYTES:
            held = 0
            yield [table, *[table.slice(0, 0)] * DLT_BUFFER]
        else:
            yield table
