"""Tables that a catalog has just given, so that it is not asked for them again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final, final

from pyiceberg.table import Table

from floe_ingestion_dlt.domain.names import TableName

# Less than the keys of buckets last that come with a table.
MOST_SECONDS: Final = 60.0


@final
class KnownTables:
    """Tables as they were when they were first asked for, at most a minute ago; a missing table is looked for each time."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._known: dict[TableName, tuple[float, Table]] = {}

    def get(self, name: TableName, find: Callable[[], Table | None]) -> Table | None:
        """The table with this *name*, which *find* finds if it is not known."""
        known = self._known.get(name)
        if known is not None and self._now() - known[0] < MOST_SECONDS:
            return known[1]
        since, found = self._now(), find()
        if found is not None:
            self._known[name] = (since, found)
        return found

    def names_in(self, namespace: tuple[str, ...]) -> list[TableName]:
        return [name for name in self._known if name.namespace == namespace]

    def forget(self, names: Iterable[TableName]) -> None:
        for name in names:
            self._known.pop(name, None)
