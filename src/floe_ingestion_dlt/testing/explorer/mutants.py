"""The protocol without one of its guards: the explorer must find a bad schedule then, or it proves nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.memory import Request
from floe_ingestion_dlt.adapters.memory.commits import MemoryCatalog, Receipts
from floe_ingestion_dlt.domain.faults import CommitFault, CommitRefused
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, TableVersion
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.repair import Announced
from floe_ingestion_dlt.testing.explorer.catalogs import ROOT, Ground, MakeCatalog
from floe_ingestion_dlt.testing.explorer.hosts import Guards, Package, Port, with_all_guards


@final
@dataclass(frozen=True, slots=True)
class Mutant:
    """What is removed, from which part, and the story in which the explorer must find that."""

    guard: str
    part: str
    story: str
    guards: Guards = with_all_guards
    catalog: MakeCatalog = MemoryCatalog


class _Port:
    """A port with all guards. Each mutant replaces one method."""

    def __init__(self, port: Port, package: Package, ground: Ground) -> None:
        self.port, self.package, self.ground = port, package, ground
        self.seen: Look | None = None

    def look(self, load: Load) -> Result[Look, CommitFault]:
        answer = self.port.look(load)
        self.seen = answer.value_or(None)
        return answer

    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]:
        return self.port.commit(load, base)

    def fence(self, load: Load) -> Result[None, CommitFault]:
        return self.port.fence(load)

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        return self.port.take_back(load)

    def versions(self, load: Load) -> tuple[TableVersion, ...]:
        """The current versions of the tables, whether they have the load or not."""
        other = self.ground.destination.look(replace(load, id="another load")).unwrap()
        return other.versions if isinstance(other, Absent) else ()


class _NoLookBefore(_Port):
    """The first look is left out."""

    def look(self, load: Load) -> Result[Look, CommitFault]:
        if self.seen is None and isinstance(super().look(load).value_or(None), Landed):
            state = load.state.follows if load.state else None
            return Success(Absent(self.versions(load), (), state))
        return super().look(load)


class _NoLookAfter(_Port):
    """After a commit without success there is no look: the load is assumed to be absent."""

    failed = False

    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]:
        answer = super().commit(load, base)
        self.failed = isinstance(answer, Failure)
        return answer

    def look(self, load: Load) -> Result[Look, CommitFault]:
        if self.failed:
            state = load.state.follows if load.state else None
            return Success(Absent(self.versions(load), (), state))
        return super().look(load)


class _NoLookAfterRefusal(_NoLookAfter):
    """A refusal is trusted without a look."""

    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]:
        answer = super().commit(load, base)
        self.failed = isinstance(answer, Failure) and isinstance(answer.failure(), CommitRefused)
        return answer


class _NoMemory(_Port):
    """The package does not record that its load was sent."""

    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]:
        answer = super().commit(load, base)
        self.package.was_sent = False
        return answer


class _NoFence(_Port):
    """Nothing stops late requests."""

    def fence(self, load: Load) -> Result[None, CommitFault]:
        return Success(None)


class _NoLookAfterFence(_Port):
    """A commit that succeeded before the fence is not noticed."""

    fenced = False

    def fence(self, load: Load) -> Result[None, CommitFault]:
        self.fenced = True
        return super().fence(load)

    def look(self, load: Load) -> Result[Look, CommitFault]:
        return Success(self.seen) if self.fenced and self.seen is not None else super().look(load)


class _NoState(_Port):
    """The state from which the rows were read is not checked."""

    def look(self, load: Load) -> Result[Look, CommitFault]:
        follows = load.state.follows if load.state else None
        return (
            super()
            .look(load)
            .map(lambda seen: replace(seen, state=follows) if isinstance(seen, Absent) else seen)
        )


class _DeletesAtRefusal(_Port):
    """The files of a refused load are deleted."""

    def commit(self, load: Load, base: Absent) -> Result[Receipts, CommitFault]:
        answer = super().commit(load, base)
        if isinstance(answer, Failure) and isinstance(answer.failure(), CommitRefused):
            self.ground.delete(file.path for write in load.writes for file in write.files)
        return answer


class _AnyVersion(MemoryCatalog):
    """A request succeeds on any snapshot of the table."""

    def deliver(self, request: Request) -> Receipts | None:
        now = {name: self.tables[name].built_on for name in request.built_on}
        self.late = [other for other in self.late if other is not request]
        return super().deliver(replace(request, built_on=now))


class _NoLoadIds(MemoryCatalog):
    """Snapshots do not record their load."""

    def deliver(self, request: Request) -> Receipts | None:
        landed = super().deliver(request)
        for name in request.outcomes:
            table = self.tables[name]
            table.loads.pop(request.load.id, None)
            table.history = [
                replace(entry, snapshot=replace(entry.snapshot, load_id=None)) for entry in table.history
            ]
        return landed


class _StateBesideTheRows(MemoryCatalog):
    """The state is stored only in the table, not with the snapshot that has its rows."""

    def deliver(self, request: Request) -> Receipts | None:
        landed = super().deliver(request)
        for name in request.outcomes:
            table = self.tables[name]
            table.history = [
                replace(entry, snapshot=replace(entry.snapshot, state=None)) for entry in table.history
            ]
            if table.state is not None:
                table.state = (replace(table.state[0], snapshot_id=None), table.state[1])
        return landed


class _NoRootFence(MemoryCatalog):
    """Nested rows are taken back although a request for the root may be in flight."""

    def fence(self, table: TableName) -> Result[bool, CommitFault]:
        return Success(True) if table == ROOT else super().fence(table)  # noqa: FBT003 - as if it were done


class _NoNestedFence(MemoryCatalog):
    """A late request may add nested rows again that were taken back."""

    def fence(self, table: TableName) -> Result[bool, CommitFault]:
        return Success(True) if table != ROOT else super().fence(table)  # noqa: FBT003 - as if it were done


class _RootFirst(MemoryCatalog):
    """The root is committed before its nested tables."""

    def order(self, names: list[TableName]) -> list[TableName]:
        return names


class _NoRepair(MemoryCatalog):
    """Rows of an interrupted load stay in nested tables."""

    def announced(self, root: TableName) -> Result[Announced, CommitFault]:
        return Success({})


class _NoAge(MemoryCatalog):
    """Leftovers are removed however new they are."""

    def is_old(self, path: str, table: TableName) -> bool:
        return True


class _NoNames(MemoryCatalog):
    """Leftovers are removed although a snapshot names them."""

    def is_named(self, path: str) -> bool:
        return False


IN_TURN: Final = "nested rows, table by table"
MUTANTS: Final = (
    Mutant("a look before the first attempt", "commit_once", "one package, retried", _NoLookBefore),
    Mutant("a look after every answer that is not a success", "commit_once", "one package, retried", _NoLookAfter),
    Mutant("a look after a refusal", "commit_once", "one package, retried", _NoLookAfterRefusal),
    Mutant("a fence before a refusal counts", "commit_once", "one package, retried and read anew, without a cursor", _NoFence),
    Mutant("a look after the fence", "commit_once", "one package, retried and read anew, without a cursor", _NoLookAfterFence),
    Mutant("rows follow the state that the table has", "commit_once", "two hosts", _NoState),
    Mutant("a refusal deletes no file", "commit_once", "two processes on one package", _DeletesAtRefusal),
    Mutant("the package says that its load was sent", "the load package", "one package, retried and read anew, without a cursor", _NoMemory),
    Mutant("a request names the snapshot on which it was built", "sending", "two hosts", catalog=_AnyVersion),
    Mutant("the root is committed last", "sending", IN_TURN, catalog=_RootFirst),
    Mutant("nested tables are announced in the root", "sending", IN_TURN, catalog=_NoRepair),
    Mutant("the root is fenced before nested rows go", "repair", IN_TURN, catalog=_NoRootFence),
    Mutant("a nested table is fenced after its rows went", "repair", "nested rows that do not come again, table by table", catalog=_NoNestedFence),
    Mutant("a snapshot says which load made it", "ledger", "one package, retried and read anew, without a cursor", catalog=_NoLoadIds),
    Mutant("the state stands in the snapshot of its rows", "ledger", "a run beside a roll-back", catalog=_StateBesideTheRows),
    Mutant("leftovers are older than the newest snapshot", "leftovers", "a run beside remove_leftovers", catalog=_NoAge),
    Mutant("leftovers are named by no snapshot", "leftovers", "a run beside remove_leftovers", catalog=_NoNames),
)  # fmt: skip
