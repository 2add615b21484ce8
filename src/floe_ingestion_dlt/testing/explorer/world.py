"""One schedule of a story: its processes are greenlets, and each yields before every call to the catalog."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Final, final

from greenlet import getcurrent, greenlet

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.testing.explorer.catalogs import Ground
from floe_ingestion_dlt.testing.explorer.choices import Choices
from floe_ingestion_dlt.testing.explorer.stories import Process, Story

APOSTROPHE: Final = "'"
ANSWERS: Final = (Answer.LAND, *(answer for answer in Answer if answer is not Answer.LAND))


class ProcessKilledError(BaseException):
    """The process is killed."""


class RedundantError(Exception):
    """Every possible next step was already played in another order with the same effect."""


@final
@dataclass
class World:
    """The choices of a schedule, how many faults are left, and what has happened.

    If it *is_quiet*, the story is over, and the following runs have no faults.
    """

    story: Story
    choices: Choices
    faults: int
    trace: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    is_quiet: bool = False
    act: int = 0
    _current: str = ""
    _main: greenlet = field(default_factory=getcurrent)
    _reading: set[Hashable] = field(default_factory=set)
    _asleep: set[Hashable] = field(default_factory=set)

    def play(self, ground: Ground, body: Callable[[Process], None], watch: Callable[[], None]) -> None:
        """Play all acts, and let the requests still in flight arrive or not; *watch* is called after each change."""
        for number, act in enumerate(self.story.acts, start=1):
            self.act = number
            names = [f"{process}{APOSTROPHE * act[:at].count(process)}" for at, process in enumerate(act)]
            alive = dict(zip(names, (greenlet(self._until_death(body, one)) for one in act), strict=True))
            self._asleep = set()
            for (
                self._current
            ) in names:  # run each process up to its first step, which makes no call to the catalog
                alive[self._current].switch()
            while alive := {name: one for name, one in alive.items() if not one.dead}:
                self._go_on(ground, alive, watch)
        while ground.late and (chosen := self.choices.of([*ground.late, None])) is not None:
            self._deliver(ground, chosen)
            watch()
        self.is_quiet = True

    def _go_on(self, ground: Ground, alive: dict[str, greenlet], watch: Callable[[], None]) -> None:
        """Play one step of one process, or let a late request arrive.

        Two steps that only read have the same effect in either order, so one order is played ("sleep sets"): after a read,
        the steps that were chosen in its place before stay asleep.
        """
        options = [key for key in (*alive, *ground.late) if key not in self._asleep]
        if not options:
            raise RedundantError
        chosen = self.choices.of(options)
        only_reads = chosen in self._reading
        earlier = options[: options.index(chosen)]
        self._asleep = {key for key in (*self._asleep, *earlier) if only_reads and key in self._reading}
        if isinstance(chosen, str):
            self._current = chosen
            alive[chosen].switch()
        else:
            self._deliver(ground, chosen)
        if not only_reads:
            watch()

    def _deliver(self, ground: Ground, request: Hashable) -> None:
        self.trace.append("a late request arrives")
        ground.deliver(request)

    def _until_death(self, body: Callable[[Process], None], process: Process) -> Callable[[], None]:
        def run() -> None:
            try:
                body(process)
            except ProcessKilledError:
                self.note("dies")

        return run

    # -- called by processes

    def step(self, what: str, *, reads: bool = False) -> None:
        """Yield before the process does *what*, which changes nothing if it only *reads*."""
        if self._is_played:
            name = self._current
            (self._reading.add if reads else self._reading.discard)(name)
            self._main.switch()
            self.note(what)

    def may_die(self) -> None:
        """Kill the process here, if the schedule chooses that."""
        if self._is_played and self.faults and self.choices.of((False, True)):
            self.faults -= 1
            raise ProcessKilledError

    def answer(self) -> Answer:
        """The catalog's answer to the next request."""
        if not self._is_played or not self.faults:
            return Answer.LAND
        answer = self.choices.of(ANSWERS)
        self.faults -= answer is not Answer.LAND
        self.note(f"is answered: {answer.value}")
        return answer

    def note(self, what: str) -> None:
        if not self.is_quiet:
            self.trace.append(f"{self._current} {what}")

    def complain(self, what: str) -> None:
        if what not in self.complaints:
            self.complaints.append(what)

    @property
    def _is_played(self) -> bool:
        """Whether a process of the story is calling, and not the setup or a run after the story."""
        return not self.is_quiet and getcurrent() is not self._main
