"""Plays every schedule of a story, and checks it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, final

from floe_ingestion_dlt.domain.load import Landed
from floe_ingestion_dlt.testing.explorer.catalogs import NESTED, ROOT, Asked, Ground
from floe_ingestion_dlt.testing.explorer.choices import Choices, Script
from floe_ingestion_dlt.testing.explorer.hosts import Guards, Hosts, with_all_guards
from floe_ingestion_dlt.testing.explorer.stories import Chore, Lines, Rows, Story
from floe_ingestion_dlt.testing.explorer.world import RedundantError, World

FRESH: Final = "a fresh host"

# Creates a catalog that asks how to answer each commit, and reports when it is between two tables of a load.
MakeGround = Callable[[Story, Asked, Callable[[], None]], Ground]


@final
@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule: its choices, what happened, and what is wrong."""

    script: Script
    trace: tuple[str, ...]
    complaints: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for all schedules of a story; *shortest* is the bad schedule with the fewest steps."""

    story: Story
    faults: int
    schedules: int = 0
    bad: int = 0
    shortest: Schedule | None = None

    def with_schedule(self, played: Schedule) -> Verdict:
        counted = replace(self, schedules=self.schedules + 1)
        if not played.complaints:
            return counted
        is_shorter = self.shortest is None or len(played.trace) < len(self.shortest.trace)
        return replace(counted, bad=self.bad + 1, shortest=played if is_shorter else self.shortest)


def explore(  # noqa: PLR0913 - all but three have defaults
    story: Story,
    make: MakeGround,
    faults: int,
    guards: Guards = with_all_guards,
    *,
    until_bad: bool = False,
    report: Callable[[Schedule], None] = lambda _played: None,
) -> Verdict:
    """Play every schedule with at most so many *faults*. With *until_bad*, stop at the first bad one.

    *report* is called with each schedule after it was played.
    """
    verdict, script = Verdict(story, faults), ()
    following: Script | None = script
    while following is not None:
        choices = Choices(following)
        with suppress(RedundantError):
            played = play(story, make, faults, guards, choices)
            verdict = verdict.with_schedule(played)
            report(played)
        following = None if until_bad and verdict.bad else choices.next_script()
    return verdict


def play(
    story: Story, make: MakeGround, faults: int, guards: Guards, choices: Choices | None = None
) -> Schedule:
    """Play one schedule, and then one more run without faults on each host."""
    world = World(story, choices or Choices(), faults)

    def between_tables() -> None:
        world.step("goes on with the next table")
        world.may_die()

    ground = make(story, world.answer, between_tables)
    try:
        hosts = Hosts(world, ground, guards)
        world.play(ground, hosts.do, lambda: _check_tables(world, ground))
        _check_reports(world, ground, hosts)
        _run_once_more(world, hosts)
        _check_tables(world, ground)
        _check_rows(world, ground, hosts)
    finally:
        ground.close()
    return Schedule(world.choices.taken, tuple(world.trace), tuple(world.complaints))


def _run_once_more(world: World, hosts: Hosts) -> None:
    if world.story.rows is not Rows.BY_KEY:
        hosts.source += 1
    # Without a cursor or a key, a new host cannot know which rows are in the table.
    fresh = () if world.story.rows is Rows.BY_NOTHING else (FRESH,)
    for name in (*hosts.names, *fresh):
        hosts.run(name)
        if hosts.has_pending(name):
            world.complain(f"{name} does not come to an end")


def _check_tables(world: World, ground: Ground) -> None:
    """Check what must hold at every moment, for every reader."""
    if missing := ground.missing():
        world.complain(f"a snapshot names files that are not there: {', '.join(missing)}")
        return
    root = ground.ids(ROOT)
    if len(root) != len(set(root)):
        world.complain(f"rows are doubled: {root}")
    if world.story.lines is not Lines.ALWAYS:
        return
    nested = ground.ids(NESTED)
    is_whole = set(root) <= set(nested) if world.story.in_turn else root == nested
    if not is_whole:
        world.complain(f"a reader finds root rows {root} with nested rows {nested}")


def _check_reports(world: World, ground: Ground, hosts: Hosts) -> None:
    """Check the reports of runs: rows of a success are in the table, those of a refusal are not."""
    root = ground.ids(ROOT)
    for load_id, package in hosts.landed.items():
        if not hosts.rolled_back and not set(package.ids) <= set(root):
            world.complain(f"{load_id} was reported as a success, and its rows are not in the table")
    if _shares_packages(world.story):
        return
    for load_id, package in hosts.refused.items():
        seen = ground.destination.look(package.load).unwrap()
        if load_id not in hosts.landed and isinstance(seen, Landed):
            world.complain(f"{load_id} was reported as refused, and its rows are in the table")


def _shares_packages(story: Story) -> bool:
    """Whether two processes work on the same package: one may change what the other has reported."""
    hosts = ([one.host for one in act if not isinstance(one, Chore)] for act in story.acts)
    return any(len(names) != len(set(names)) for names in hosts)


def _check_rows(world: World, ground: Ground, hosts: Hosts) -> None:
    wanted = list(range(1, hosts.source + 1)) if world.story.rows is not Rows.BY_KEY else [1]
    if (root := ground.ids(ROOT)) != wanted:
        world.complain(f"after one more run the table has the rows {root}, and not {wanted}")
    lines = {
        Lines.NEVER: [],
        Lines.ALWAYS: wanted,
        Lines.FIRST: list(hosts.landed["load1"].ids) if "load1" in hosts.landed else [],
    }[world.story.lines]
    if (nested := ground.ids(NESTED)) != lines:
        world.complain(f"after one more run the nested table has the rows {nested}, and not {lines}")
