"""Labs in which a destination is tested: they can inspect it, roll it back, interfere with it, and cut it off."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, cast, final

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from floe_ingestion_dlt.adapters.iceberg.catalog import open_catalog
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.iceberg.internals import main_at
from floe_ingestion_dlt.adapters.memory import Answer, MemoryDestination
from floe_ingestion_dlt.adapters.memory.tables import MemoryTable
from floe_ingestion_dlt.domain.load import Load, StagedFile, StoredState, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.ports.destination import Destination, FileToStage
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone

# The types of values differ from column to column.
Rows = list[dict[str, Any]]


class Lab(Protocol):
    """A destination under test."""

    folder: Path

    @property
    def destination(self) -> Destination: ...

    @property
    def unreachable(self) -> Destination:
        """A destination of the same kind whose catalog does not answer."""
        ...

    def snapshots(self, table: TableName) -> int:
        """The number of snapshots in the table's current history."""
        ...

    def roll_back(self, table: TableName) -> None:
        """Make the snapshot before the current one the current one."""
        ...

    def expire(self, table: TableName) -> None:
        """Expire all snapshots but the current one."""
        ...

    def foreign_commit(self, table: TableName) -> None:
        """Add a snapshot without rows, as another engine would."""
        ...

    def answering(self, answer: Answer) -> AbstractContextManager[None]:
        """A context in which the next commit gets this *answer*."""
        ...

    def is_there(self, file: StagedFile) -> bool:
        """Whether the staged file still exists."""
        ...

    def data_files(self) -> set[str]:
        """All data files that exist, whether a snapshot names them or not."""
        ...


def rows_of(lab: Lab, table: TableName) -> Rows:
    """The table's rows, sorted by their first column."""
    stream = lab.destination.scan(table).unwrap()
    if stream is None:
        return []
    rows = pa.table(stream).to_pylist()
    return sorted(rows, key=lambda row: str(next(iter(row.values()))))


def file_of(lab: Lab, rows: pa.Table) -> Path:
    """A local Parquet file with *rows*."""
    path = lab.folder / f"{len(list(lab.folder.iterdir()))}.parquet"
    pq.write_table(rows, path)
    return path


def staged(
    lab: Lab, table: TableName, rows: pa.Table, load_id: str, *, may_discard: bool = False
) -> StagedFile:
    """Stage a file with *rows*, and create the table if there is none."""
    path = file_of(lab, rows)
    if lab.destination.describe(table).unwrap() is None:
        lab.destination.evolve(table, lab.destination.schema_of(path).unwrap()).unwrap()
    (file,) = lab.destination.stage(FileToStage(path, table, load_id, may_discard=may_discard)).unwrap()
    return file


def state_after(lab: Lab, table: TableName, text: str) -> StoredState:
    """A state that follows the table's current one."""
    before = lab.destination.read_state(table).unwrap()
    return StoredState(table, text, version_of(text), None if before is None else version_of(before))


def version_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def append(lab: Lab, table: TableName, rows: pa.Table, load_id: str, state: str | None = None) -> Load:
    """A load that appends *rows*."""
    files = (staged(lab, table, rows, load_id),)
    kept = None if state is None else state_after(lab, table, state)
    return Load(load_id, (TableWrite(table, Append(), files),), kept)


def replacement(lab: Lab, table: TableName, rows: pa.Table | None, load_id: str) -> Load:
    """A load that replaces the table's rows with *rows*, or with nothing."""
    files = () if rows is None else (staged(lab, table, rows, load_id),)
    return Load(load_id, (TableWrite(table, Replace(), files),))


@final
class MemoryLab:
    def __init__(self, folder: Path, *, in_turn: bool = False) -> None:
        self.folder = folder
        self._answers: list[Answer] = []
        self.memory = MemoryDestination(self._script(), in_turn=in_turn)

    @property
    def destination(self) -> Destination:
        return self.memory

    @property
    def unreachable(self) -> Destination:
        silent = MemoryDestination()
        silent.down = silent.storage_down = True
        return silent

    def _script(self) -> Iterator[Answer]:
        while True:
            yield self._answers.pop(0) if self._answers else Answer.LAND

    def _table(self, name: TableName) -> MemoryTable:
        return self.memory.tables[name]

    def snapshots(self, table: TableName) -> int:
        return len(self._table(table).history)

    def roll_back(self, table: TableName) -> None:
        self._table(table).roll_back()

    def expire(self, table: TableName) -> None:
        self._table(table).expire()

    def foreign_commit(self, table: TableName) -> None:
        self.memory.catalog.interfere(table)

    @contextmanager
    def answering(self, answer: Answer) -> Iterator[None]:
        self._answers.append(answer)
        yield

    def is_there(self, file: StagedFile) -> bool:
        return file.path in self.memory.staged

    def data_files(self) -> set[str]:
        return set(self.memory.staged)


class TableByTable:
    """A catalog that cannot change several tables in one act."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def __getattr__(self, name: str) -> object:
        return getattr(self._catalog, name)


class CatalogLab:
    """A destination on a catalog that is also used directly, to do what other engines do to its tables."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @property
    def unreachable(self) -> Destination:
        def refused() -> Catalog:
            raise ConnectionRefusedError(111, "Connection refused")

        return IcebergDestination(refused, "unreachable")

    def _table(self, name: TableName) -> Table:
        return self.catalog.load_table((*name.namespace, name.name))

    def snapshots(self, table: TableName) -> int:
        found = self._table(table)
        count, snapshot = 0, found.current_snapshot()
        while snapshot is not None:
            count += 1
            parent = snapshot.parent_snapshot_id
            snapshot = found.snapshot_by_id(parent) if parent is not None else None
        return count

    def roll_back(self, table: TableName) -> None:
        found = self._table(table)
        current = found.current_snapshot()
        assert current is not None
        assert current.parent_snapshot_id is not None
        self.catalog.commit_table(found, (), (main_at(current.parent_snapshot_id),))

    def expire(self, table: TableName) -> None:
        found = self._table(table)
        old = [s.snapshot_id for s in found.snapshots() if s != found.current_snapshot()]
        found.maintenance.expire_snapshots().by_ids(old).commit()

    def foreign_commit(self, table: TableName) -> None:
        found = self._table(table)
        found.append(found.schema().as_arrow().empty_table())


@final
class IcebergLab(CatalogLab):
    """The SQL catalog with a local folder. With *in_turn* it commits its tables one after another.

    It waits *lock_seconds* for a lock of its database that another connection holds.
    """

    def __init__(
        self,
        folder: Path,
        *,
        in_turn: bool = False,
        milestones: Milestones = ignore_milestone,
        lock_seconds: float = 5,
    ) -> None:
        self.folder = folder / "files"
        self.folder.mkdir()
        self.database = folder / "catalog.db"
        settings = {
            "type": "sql",
            "uri": f"sqlite:///{self.database}?timeout={lock_seconds:g}",
            "warehouse": (folder / "warehouse").as_uri(),
        }
        super().__init__(open_catalog(settings))
        catalog = cast("Catalog", TableByTable(self.catalog)) if in_turn else self.catalog
        self.iceberg = IcebergDestination(lambda: catalog, uuid.uuid4().hex, milestones)

    @property
    def destination(self) -> Destination:
        return self.iceberg

    @contextmanager
    def answering(self, answer: Answer) -> Iterator[None]:
        """Cut off the catalog's database once, before or after it commits."""
        lost = OperationalError("COMMIT", {}, ConnectionError("the connection was lost"))
        name = "after_commit" if answer is Answer.LAND_AND_LOSE_THE_ANSWER else "before_commit"

        def cut(_session: Session) -> None:
            event.remove(Session, name, cut)
            raise lost if answer is not Answer.REFUSE else PermissionError(13, "Permission denied")

        event.listen(Session, name, cut)
        try:
            yield
        finally:
            if event.contains(Session, name, cut):
                event.remove(Session, name, cut)

    def is_there(self, file: StagedFile) -> bool:
        return Path(file.path.removeprefix("file://")).exists()

    def data_files(self) -> set[str]:
        return {path.as_uri() for path in (self.folder.parent / "warehouse").rglob("*.parquet")}
