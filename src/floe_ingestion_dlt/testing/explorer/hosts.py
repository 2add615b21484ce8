"""A run: it commits what is pending on its host's disk, and then loads new rows, by the real `commit_once`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, final

from returns.result import Failure, Result

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitFault
from floe_ingestion_dlt.domain.load import Absent, Landed, Load, Look, Receipt, StoredState, TableWrite
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.testing.explorer.catalogs import NESTED, ROOT, Ground
from floe_ingestion_dlt.testing.explorer.stories import Chore, Lines, Process, Resume, Rows
from floe_ingestion_dlt.testing.explorer.world import World

# A run retries transient faults. One attempt of each call may stay unanswered.
TRIES: Final = 2
ATTEMPTS: Final = 3
NO_AGE: Final = timedelta(0)


class Port(Protocol):
    """The calls that a process makes to the destination."""

    def look(self, load: Load) -> Result[Look, CommitFault]: ...
    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]: ...
    def fence(self, load: Load) -> Result[None, CommitFault]: ...
    def take_back(self, load: Load) -> Result[None, CommitFault]: ...


@final
@dataclass
class Package:
    """A load that is pending on a disk. If it *was_sent*, a request for it may be in flight."""

    load: Load
    ids: Sequence[int]
    was_sent: bool = False


@final
@dataclass
class Host:
    """A disk. Without a cursor or a key, only this host knows up to which row the source was read."""

    package: Package | None = None
    read_up_to: int = 0


Guards = Callable[[Port, Package, Ground], Port]


def with_all_guards(port: Port, _package: Package, _ground: Ground) -> Port:
    return port


@final
class Hosts:
    """The hosts of a story and the reports of their runs."""

    def __init__(self, world: World, ground: Ground, guards: Guards) -> None:
        self._world = world
        self._ground = ground
        self._guards = guards
        self._hosts: dict[str, Host] = {}
        self._loads = 0
        self.source = 0
        self.landed: dict[str, Package] = {}
        self.refused: dict[str, Package] = {}
        self.rolled_back = False
        for name in world.story.staged:
            self.source = 1
            self._host(name).package = self._read(self._host(name))

    def do(self, process: Process) -> None:
        """Run a process to its end."""
        if isinstance(process, Chore):
            self._world.step("begins", reads=process is Chore.REMOVE_LEFTOVERS)
            self._do(process)
            return
        self.source = max(self.source, self._world.act)
        self.run(process.host, reads=not isinstance(process, Resume))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._hosts)

    def has_pending(self, name: str) -> bool:
        return self._host(name).package is not None

    def run(self, name: str, *, reads: bool = True) -> None:
        host = self._host(name)
        for _ in range(TRIES):
            if host.package is None or self._committed(host):
                break
        if host.package is not None or not reads:
            return
        for _ in range(TRIES + 1):
            if host.package is None:
                self._world.step("reads the source", reads=True)
                host.package = self._read(host)
            if host.package is None or self._committed(host):
                return

    def _committed(self, host: Host) -> bool:
        """Commit what is pending on *host*. Return whether the run is done with it, and need not read its rows again."""
        package = host.package
        if package is None:
            return True
        port = self._guards(_Steps(self._world, self._ground, package), package, self._ground)
        was_sent = package.was_sent
        answer = commit_once(package.load, port, was_sent=was_sent, attempts=ATTEMPTS, unanswered=1)
        fault = answer.failure() if isinstance(answer, Failure) else None
        self._world.note(f"reports {'success' if fault is None else type(fault).__name__}")
        if fault is None:
            self.landed[package.load.id] = package
            host.read_up_to = max([host.read_up_to, *package.ids])
        elif fault.is_final:
            self.refused[package.load.id] = package
        else:
            return False
        host.package = None
        return fault is None or not fault.reads_again

    def _read(self, host: Host) -> Package | None:
        match self._world.story.rows:
            case Rows.BY_CURSOR:
                return self._read_by_cursor()
            case Rows.BY_KEY:
                self.refused.clear()  # the load is made again, with the same id
                package = self._package("key", [1])
                seen = self._ground.destination.look(package.load).unwrap()
                return None if isinstance(seen, Landed) else package
            case Rows.BY_NOTHING:
                ids = range(host.read_up_to + 1, self.source + 1)
                return self._package(self._new_id(), ids) if ids else None

    def _read_by_cursor(self) -> Package | None:
        before = self._ground.destination.read_state(ROOT).unwrap()
        ids = range(int(before.split()[0]) + 1 if before else 1, self.source + 1)
        if not ids:
            return None
        load_id = self._new_id()
        text = f"{self.source} {load_id}"
        return self._package(load_id, ids, StoredState(ROOT, text, text, before))

    def _package(self, load_id: str, ids: Sequence[int], state: StoredState | None = None) -> Package:
        tables = (ROOT, NESTED) if self._has_lines() else (ROOT,)
        writes = tuple(
            TableWrite(table, Append(), (self._ground.stage(table, ids, load_id),)) for table in tables
        )
        return Package(Load(load_id, writes, state), ids)

    def _has_lines(self) -> bool:
        lines = self._world.story.lines
        return lines is Lines.ALWAYS or (lines is Lines.FIRST and self._loads == 1)

    def _new_id(self) -> str:
        self._loads += 1
        return f"load{self._loads}"

    def _host(self, name: str) -> Host:
        return self._hosts.setdefault(name, Host())

    def _do(self, chore: Chore) -> None:
        ground = self._ground
        match chore:
            case Chore.REMOVE_LEFTOVERS:
                found = ground.destination.leftovers(ROOT, NO_AGE).unwrap()
                self._world.step("deletes what it found")
                ground.destination.remove_leftovers(ROOT, found).unwrap()
            case Chore.FOREIGN_COMMIT:
                ground.foreign_commit()
            case Chore.EXPIRE if ground.snapshots():
                ground.expire()
            case Chore.ROLL_BACK if ground.snapshots() > 1:
                self.rolled_back = True
                ground.roll_back()
            case _:
                return


@final
class _Steps:
    """The destination, with a step of the schedule before each call, and possible crashes around commits."""

    def __init__(self, world: World, ground: Ground, package: Package) -> None:
        self._world = world
        self._port = ground.destination
        self._package = package

    def look(self, load: Load) -> Result[Look, CommitFault]:
        self._world.step("looks", reads=True)
        return self._port.look(load)

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        self._world.step("commits")
        self._package.was_sent = True
        answer = self._port.commit(load, base)
        self._world.may_die()
        return answer

    def fence(self, load: Load) -> Result[None, CommitFault]:
        self._world.step("fences")
        answer = self._port.fence(load)
        self._world.may_die()
        return answer

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        self._world.step("takes back")
        answer = self._port.take_back(load)
        self._world.may_die()
        return answer
