"""The catalogs in which stories are played."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import count
from typing import Protocol, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.memory import Answer, MemoryDestination
from floe_ingestion_dlt.adapters.memory.commits import MemoryCatalog
from floe_ingestion_dlt.adapters.memory.tables import Origin
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones

ROOT = TableName(("bronze",), "orders")
NESTED = TableName(("bronze",), "orders__lines")
SCHEMA = TableSchema((Column("id", Scalar.LONG),))

Asked = Callable[[], Answer]


class MakeCatalog(Protocol):
    """Creates the catalog in memory, with all guards or without one of them."""

    def __call__(
        self, script: Iterator[Answer], milestones: Milestones, *, in_turn: bool
    ) -> MemoryCatalog: ...


class Ground(Protocol):
    """A catalog that asks how to answer each commit."""

    @property
    def destination(self) -> Destination: ...

    def stage(self, table: TableName, ids: Sequence[int], load_id: str) -> StagedFile:
        """Stage a file with one row for each of *ids*."""
        ...

    def ids(self, table: TableName) -> list[int]:
        """The ids of the rows that a reader of the table sees."""
        ...

    def missing(self) -> tuple[str, ...]:
        """The data files that a snapshot names and that do not exist."""
        ...

    def delete(self, paths: Iterable[str]) -> None:
        """Delete data files, which nothing but a faulty program would do."""
        ...

    @property
    def late(self) -> Sequence[Hashable]:
        """The requests that are in flight."""
        ...

    def deliver(self, request: Hashable) -> None:
        """Let a late request arrive."""
        ...

    def snapshots(self) -> int:
        """The number of snapshots in the root's history."""
        ...

    def roll_back(self) -> None: ...
    def expire(self) -> None: ...
    def foreign_commit(self) -> None: ...
    def close(self) -> None: ...


@final
class MemoryGround:
    """The destination in memory."""

    def __init__(
        self,
        asked: Asked,
        between_tables: Callable[[], None],
        *,
        in_turn: bool,
        make: MakeCatalog = MemoryCatalog,
    ) -> None:
        def passed(_milestone: Milestone, _of: str) -> None:
            between_tables()

        self._memory = MemoryDestination()
        self._memory.catalog = make((asked() for _ in count()), passed, in_turn=in_turn)
        for table in (ROOT, NESTED):
            self._memory.evolve(table, SCHEMA).unwrap()

    @property
    def destination(self) -> Destination:
        return self._memory

    def stage(self, table: TableName, ids: Sequence[int], load_id: str) -> StagedFile:
        catalog = self._memory.catalog
        path = f"memory:{table.name}-{load_id}-{next(catalog.ids)}"
        catalog.staged[path] = pa.table({"id": pa.array(ids, pa.int64())})
        catalog.origins[path] = Origin(table, load_id, next(catalog.ids))
        return StagedFile(path, len(ids), 1)

    def ids(self, table: TableName) -> list[int]:
        rows = [int(number.as_py()) for number in self._memory.tables[table].rows["id"]]
        return sorted(rows)

    def missing(self) -> tuple[str, ...]:
        named = {
            path for table in self._memory.tables.values() for entry in table.history for path in entry.files
        }
        return tuple(sorted(named - set(self._memory.staged)))

    def delete(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._memory.staged.pop(path, None)

    @property
    def late(self) -> Sequence[Hashable]:
        return self._memory.catalog.late

    def deliver(self, request: Hashable) -> None:
        for known in self._memory.catalog.late:
            if known is request:
                self._memory.catalog.deliver(known)

    def snapshots(self) -> int:
        return len(self._memory.tables[ROOT].history)

    def roll_back(self) -> None:
        self._memory.tables[ROOT].roll_back()

    def expire(self) -> None:
        self._memory.tables[ROOT].expire()

    def foreign_commit(self) -> None:
        self._memory.catalog.interfere(ROOT)

    def close(self) -> None:
        """Do nothing: no connection is open."""
