"""A destination that commits as a script says, and remembers every copy it was left with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

from hypothesis import strategies as st
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
)
from floe_ingestion_dlt.domain.load import (
    Absent,
    Landed,
    Load,
    Look,
    Receipt,
    StagedFile,
    TableVersion,
    TableWrite,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append

ROOT, NESTED = TableName(("bronze",), "orders"), TableName(("bronze",), "orders__lines")


def write_to(table: TableName) -> TableWrite:
    return TableWrite(table, Append(), (StagedFile(f"{table}.parquet", 1, 1),))


LOAD = Load("1", (write_to(NESTED), write_to(ROOT)))


class Does(Enum):
    """What becomes of one attempt to commit."""

    LAND = "lands"
    LAND_AND_LOSE_THE_ANSWER = "lands, and the answer is lost"
    LAND_IN_PART = "lands in the first table, and is refused in the others"
    LAND_IN_PART_AND_LOSE_THE_ANSWER = "lands in the first table, and the answer is lost"
    LAND_LATE = "is on its way when the answer is given up, and lands after the next look if it still can"
    LAND_LAST = "is on its way when the answer is given up, and lands after the run if it still can"
    DROP = "never arrives"
    REFUSE = "is refused"
    CONFLICT = "finds that another writer was first"
    NOT_BUILT = "cannot be built"
    NOT_BUILT_YET = "cannot be built right now"

    @property
    def is_final(self) -> bool:
        return self in {Does.REFUSE, Does.LAND_IN_PART, Does.NOT_BUILT}

    @property
    def is_open(self) -> bool:
        return self in {
            Does.LAND_AND_LOSE_THE_ANSWER,
            Does.LAND_IN_PART_AND_LOSE_THE_ANSWER,
            Does.LAND_LATE,
            Does.LAND_LAST,
            Does.DROP,
        }


class ScriptedCommits:
    """Tables that count the copies of the load in them, and take a commit only at the version that it was built on."""

    def __init__(
        self,
        script: Iterable[Does] = (),
        blind: Iterable[bool] = (),
        *,
        keeps: bool = False,
        fences: bool = True,
    ) -> None:
        self.keeps = keeps
        self.fences = fences
        self.copies = dict.fromkeys(LOAD.tables, 0)
        self.acts: list[str] = []
        self.done: list[Does] = []
        self._versions = dict.fromkeys(LOAD.tables, 0)
        self._script = iter(script)
        self._blind = iter(blind)
        self._late: list[Absent] = []
        self._last: list[Absent] = []

    @property
    def is_whole(self) -> bool:
        return all(self.copies.values())

    def pause(self, attempt: int) -> None:
        self.acts.append(f"pause {attempt}")

    def look(self, load: Load) -> Result[Look, CommitFault]:
        self.acts.append("look")
        if next(self._blind, False):
            return Failure(DestinationFailed("no answer", Category.TRANSIENT, "Run again."))
        landed = tuple(_receipt(table) for table in load.tables if self.copies[table])
        missing = tuple(
            TableVersion(table, str(self._versions[table])) for table in load.tables if not self.copies[table]
        )
        return Success(Absent(missing, landed) if missing else Landed(landed))

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        does = next(self._script, Does.LAND)
        self.done.append(does)
        self.acts.append(f"commit {len(self.done)}")
        self._arrive(self._late)
        return self._answers[does](load, base)

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        self.acts.append("take back")
        if self.keeps:
            return Failure(CommitRefused("t", load.id, "what is in stays in"))
        for table in load.tables:
            self._versions[table] += self.copies[table]
            self.copies[table] = 0
        return Success(None)

    def fence(self, load: Load) -> Result[None, CommitFault]:
        self.acts.append("fence")
        if not self.fences:
            return Failure(CommitRefused("t", load.id, "no fences here"))
        for table in load.tables:
            self._versions[table] += not self.copies[table]
        return Success(None)

    def end(self) -> None:
        """All that was on its way arrives."""
        self._arrive(self._late)
        self._arrive(self._last)

    def _arrive(self, late: list[Absent]) -> None:
        while late:
            self._land(late.pop())

    def _land(self, base: Absent, *, tables: int | None = None) -> bool:
        if any(str(self._versions[version.table]) != version.token for version in base.versions):
            return False
        for version in base.versions[:tables]:
            self.copies[version.table] += 1
            self._versions[version.table] += 1
        return True

    @property
    def _answers(self) -> dict[Does, Callable[[Load, Absent], Result[tuple[Receipt, ...], CommitFault]]]:
        return {
            Does.LAND: self._answer_whole,
            Does.LAND_AND_LOSE_THE_ANSWER: lambda _, base: _lost(self._land(base)),
            Does.LAND_IN_PART: lambda _, base: _refused(self._land(base, tables=1)),
            Does.LAND_IN_PART_AND_LOSE_THE_ANSWER: lambda _, base: _lost(self._land(base, tables=1)),
            Does.LAND_LATE: lambda _, base: self._send(base, self._late),
            Does.LAND_LAST: lambda _, base: self._send(base, self._last),
            Does.DROP: lambda _load, _base: _lost(None),
            Does.REFUSE: lambda _load, _base: _refused(None),
            Does.CONFLICT: lambda _load, _base: self._conflict(),
            Does.NOT_BUILT: lambda _load, _base: _unbuilt(Category.PERMANENT),
            Does.NOT_BUILT_YET: lambda _load, _base: _unbuilt(Category.TRANSIENT),
        }

    def _answer_whole(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        if not self._land(base):
            return Failure(CommitConflict("t", load.id, "the table changed after the look"))
        return Success((*base.landed, *(_receipt(version.table) for version in base.versions)))

    @staticmethod
    def _send(base: Absent, way: list[Absent]) -> Result[tuple[Receipt, ...], CommitFault]:
        way.append(base)
        return _lost(None)

    def _conflict(self) -> Result[tuple[Receipt, ...], CommitFault]:
        for table in self._versions:
            self._versions[table] += 1
        return Failure(CommitConflict("t", "1", "another writer was first"))


def _receipt(table: TableName) -> Receipt:
    return Receipt(table, 1, 1, 1, 1)


def _lost(_: object) -> Result[tuple[Receipt, ...], CommitFault]:
    return Failure(CommitUnknown("t", "1", "the answer was lost"))


def _refused(_: object) -> Result[tuple[Receipt, ...], CommitFault]:
    return Failure(CommitRefused("t", "1", "no"))


def _unbuilt(category: Category) -> Result[tuple[Receipt, ...], CommitFault]:
    return Failure(DestinationFailed("no room", category, "Make room."))


scripts = st.lists(st.sampled_from(Does), max_size=6)
blindness = st.lists(st.sampled_from([False, False, False, True]), max_size=6)
some_attempts = st.integers(1, 6)
