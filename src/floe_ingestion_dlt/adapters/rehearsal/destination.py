"""A destination on which a load can be tried: it reads the tables of a catalog, and writes to copies without rows in another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import CommitFault, Fault
from floe_ingestion_dlt.domain.load import Absent, Load, Look, Receipt, StagedFile, StoredState
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.resets import Return
from floe_ingestion_dlt.domain.run_plan import TableSample
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.table_loads import TableSnapshots
from floe_ingestion_dlt.domain.verification.facts import TableFacts
from floe_ingestion_dlt.domain.writable import Unreadable
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.destination import Destination, FileToStage, Leftover, Since, TableState
from floe_ingestion_dlt.ports.verification import CursorIn, Strays


@final
class Rehearsal:
    """Nothing is written to the *real* destination. A table is copied to the *scratch* one, with its columns and without its rows, when it is first asked for."""

    def __init__(self, real: Destination, scratch: Destination) -> None:
        self.real, self._scratch = real, scratch
        self._copied: set[TableName] = set()
        # That of the last load that was tried.
        self.state: StoredState | None = None

    @property
    def identity(self) -> str:
        return self.real.identity

    def remembering(self) -> Destination:
        return self

    def reach(self, timeout: float) -> Result[None, Fault]:
        return self.real.reach(timeout)

    def has_storage(self, tables: Iterable[TableName], timeout: float) -> Result[bool, Fault]:
        return self.real.has_storage(tables, timeout)

    def commits_together(self) -> Result[bool, Fault]:
        return self._scratch.commits_together()

    def describe(self, table: TableName) -> Result[TableState | None, Fault]:
        """The table with the columns that the load has given it."""
        return self.real.describe(table).bind(lambda known: self._as_tried(table, known))

    def _as_tried(self, table: TableName, known: TableState | None) -> Result[TableState | None, Fault]:
        copied = Success(None) if known is None else self._copy(table, known)
        found = copied.bind(lambda _: self._scratch.describe(table))
        return found.map(
            # A load that is tried is committed to the copy, whose version it must have been built on.
            lambda tried: (
                replace(known, schema=tried.schema, version=tried.version) if known and tried else tried
            )
        )

    def _copy(self, table: TableName, known: TableState) -> Result[None, Fault]:
        if table in self._copied:
            return Success(None)
        self._copied.add(table)
        made = self._scratch.create_namespace(table.namespace)
        return made.bind(lambda _: self._scratch.evolve(table, known.schema, known.owner))

    def unreadable(self, table: TableName) -> Result[frozenset[Unreadable], Fault]:
        return self.real.unreadable(table)

    def schema_of(self, file: Path, table: TableSchema = NO_COLUMNS) -> Result[TableSchema, Fault]:
        return self._scratch.schema_of(file, table)

    def evolve(
        self, table: TableName, schema: TableSchema, owner: TableName | None = None
    ) -> Result[None, Fault]:
        known = self.describe(table).bind(lambda _: self._scratch.create_namespace(table.namespace))
        return known.bind(lambda _: self._scratch.evolve(table, schema, owner))

    def stage(self, file: FileToStage) -> Result[tuple[StagedFile, ...], Fault]:
        return self.describe(file.table).bind(lambda _: self._scratch.stage(file))

    def look(self, load: Load) -> Result[Look, CommitFault]:
        """The load is absent, and the state is that from which it was read: nobody writes meanwhile."""
        if not load.writes:
            return Success(Absent(()))
        looked = self._scratch.look(replace(load, state=None))
        follows = load.state.follows if load.state else None
        return looked.map(lambda seen: replace(seen, state=follows) if isinstance(seen, Absent) else seen)

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        self.state = load.state or self.state
        return self._scratch.commit(replace(load, state=None), base) if load.writes else Success(())

    def fence(self, load: Load) -> Result[None, CommitFault]:
        return self._scratch.fence(replace(load, state=None))

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        return self._scratch.take_back(replace(load, state=None))

    def snapshots_of(self, table: TableName) -> Result[TableSnapshots | None, Fault]:
        return self.real.snapshots_of(table)

    def go_back(self, how: Return) -> Result[None, CommitFault]:
        return self._scratch.go_back(how)

    def compact(self, table: TableName) -> Result[None, Fault]:  # noqa: ARG002 - the port has it
        return Success(None)

    def leftovers(self, table: TableName, older_than: timedelta) -> Result[tuple[Leftover, ...], Fault]:
        return self.real.leftovers(table, older_than)

    def remove_leftovers(self, table: TableName, found: Iterable[Leftover]) -> Result[None, Fault]:  # noqa: ARG002 - the port has it
        return Success(None)

    def read_state(self, table: TableName) -> Result[str | None, Fault]:
        return self.real.read_state(table)

    def rows(
        self, table: TableName, equal: Mapping[str, str | int]
    ) -> Result[tuple[Mapping[str, object], ...] | None, Fault]:
        return self.real.rows(table, equal)

    def scan(self, table: TableName, since: Since | None = None) -> Result[ArrowStream | None, Fault]:
        return self.real.scan(table, since)

    def samples(self, root: TableName, rows: int) -> Result[tuple[TableSample, ...], Fault]:
        """The first *rows* that were written to the copy of the *root* table, and to each that is nested in it."""
        # Importing this module must not import Arrow.
        from floe_ingestion_dlt.adapters.rehearsal.samples import sample_of  # noqa: PLC0415

        def added(known: tuple[TableSample, ...], table: TableName) -> Result[tuple[TableSample, ...], Fault]:
            found = self._scratch.scan(table)
            return found.map(lambda stream: (*known, sample_of(table, stream, rows)) if stream else known)

        tables = self._scratch.tables_in(root.namespace)
        if isinstance(tables, Failure):
            return tables
        wanted = [
            table for table in tables.unwrap() if table == root or table.name.startswith(f"{root.name}__")
        ]
        found: Result[tuple[TableSample, ...], Fault] = Success(())
        for table in sorted(wanted, key=str):
            found = found.bind(partial(added, table=table))
        return found

    def has_namespace(self, namespace: tuple[str, ...]) -> Result[bool, Fault]:
        return self._either(lambda place: place.has_namespace(namespace))

    def tables_in(self, namespace: tuple[str, ...]) -> Result[tuple[TableName, ...], Fault]:
        return self.real.tables_in(namespace)

    def create_namespace(self, namespace: tuple[str, ...]) -> Result[None, Fault]:
        return self._scratch.create_namespace(namespace)

    def drop_namespace(self, namespace: tuple[str, ...]) -> Result[None, Fault]:
        return self._scratch.drop_namespace(namespace)

    def drop_table(self, table: TableName) -> Result[None, Fault]:
        return self._scratch.drop_table(table)

    def inspect(
        self, table: TableName, cursor_in: CursorIn, *, rows: bool
    ) -> Result[TableFacts | None, Fault]:
        return self.real.inspect(table, cursor_in, rows=rows)

    def strays(
        self, nested: TableName, column: str, homes: Sequence[TableName], key: str
    ) -> Result[Strays, Fault]:
        return self.real.strays(nested, column, homes, key)

    def close(self) -> None:
        self._scratch.close()

    def _either(self, has: Callable[[Destination], Result[bool, Fault]]) -> Result[bool, Fault]:
        real = has(self.real)
        return real if isinstance(real, Failure) or real.unwrap() else has(self._scratch)
