"""Tables that wait until they are large enough to be one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of


@final
@dataclass(slots=True)
class WaitingTables:
    """Tables with the same columns, up to so many rows or bytes."""

    most_rows: int
    most_bytes: int
    tables: list[pa.Table] = field(default_factory=list)
    _rows: int = 0
    _bytes: int = 0

    def add(self, table: pa.Table) -> Iterator[pa.Table]:
        """Add the table; yields those that are large enough now, before it if they would become too large with it."""
        size = bytes_of(table)
        if self._bytes > self.most_bytes / 2 and self._bytes + size > self.most_bytes:
            yield self.joined()
        self.tables.append(table)
        self._rows += table.num_rows
        self._bytes += size
        if self._rows >= self.most_rows or self._bytes >= self.most_bytes:
            yield self.joined()

    def joined(self) -> pa.Table:
        """The tables as one; none waits any more."""
        joined = self.tables[0] if len(self.tables) == 1 else pa.concat_tables(self.tables)
        self.tables, self._rows, self._bytes = [], 0, 0
        return joined
