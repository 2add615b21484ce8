"""Explores all stories and mutants in memory, and writes a page with the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final, final

from floe_ingestion_dlt.testing.explorer.catalogs import Asked, MakeCatalog, MemoryGround
from floe_ingestion_dlt.testing.explorer.explore import Verdict, explore
from floe_ingestion_dlt.testing.explorer.mutants import MUTANTS, Mutant
from floe_ingestion_dlt.testing.explorer.stories import STORIES, Story

WORKERS: Final = 2

INTRODUCTION: Final = """# Proof: every schedule of a commit

`make prove` writes this page. It runs stories of one table with the code that commits loads (`domain/commit.py` and
`domain/repair.py`) on the destination in memory. It runs *every* schedule: each order of the processes' steps, each answer of the
catalog to each commit, each kill of a process, and each moment at which a late request may arrive. The number of faults in a schedule is limited.
If two steps only read, they run in one order, because both orders have the same result.

These are the answers: the commit lands; it lands, but the answer is lost, or says that another writer was first, or that the commit was refused;
the request is lost; the request arrives later, or never; another writer was first; the commit is refused. A process may be killed after a
commit, after a fence, and between two tables.

After each change, the program checks that no row is doubled, that each file that a snapshot names exists, and that a reader sees only
complete loads. At the end, it checks that the rows of each load that was reported as a success are in the table, and that the rows of each refused load are
not. Then each host, and a fresh host, runs once more without faults. After that, the table must have each row of the source once, and
each nested row must have its root row.

## Stories

| story | how new rows are recognised | most faults | schedules | bad |
| --- | --- | ---: | ---: | ---: |
"""

MUTANTS_INTRODUCTION: Final = """
## Guards

A search that finds no bad schedule is a proof only if it would find one. So each guard is removed in turn, and then there must be
bad schedules. For each guard, this is the shortest bad schedule with the fewest faults.
"""


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """The result for each story, and for each guard that was removed."""

    stories: Sequence[Verdict]
    mutants: Sequence[tuple[Mutant, Verdict]]

    @property
    def faults(self) -> tuple[str, ...]:
        """Why this is no proof; empty if it is one."""
        bad = (
            f"{one.story.name}: {one.bad} of {one.schedules} schedules are bad, such as\n  "
            + "\n  ".join((*one.shortest.complaints, *one.shortest.trace))
            for one in self.stories
            if one.shortest is not None
        )
        missed = (f"nothing is bad without: {mutant.guard}" for mutant, one in self.mutants if not one.bad)
        return (*bad, *missed)

    @property
    def page(self) -> str:
        rows = (
            f"| {one.story.name} | {one.story.rows.value} | {one.faults} | {one.schedules:,} | {one.bad} |\n"
            for one in self.stories
        )
        total = sum(one.schedules for one in self.stories)
        guards = (_guard(mutant, verdict) for mutant, verdict in self.mutants)
        return "".join([INTRODUCTION, *rows, f"\n{total:,} schedules.\n", MUTANTS_INTRODUCTION, *guards])


def prove(report: Callable[[Verdict], None]) -> Proof:
    """Explore all stories and mutants; *report* is called with each verdict."""
    with ProcessPoolExecutor(WORKERS) as pool:
        stories = [pool.submit(_of_story, number) for number in range(len(STORIES))]
        mutants = [pool.submit(_of_mutant, number) for number in range(len(MUTANTS))]
        verdicts = []
        for future in stories:
            verdicts.append(future.result())
            report(verdicts[-1])
        caught = [future.result() for future in mutants]
    return Proof(verdicts, list(zip(MUTANTS, caught, strict=True)))


def _of_story(number: int) -> Verdict:
    story = STORIES[number]
    return explore(story, in_memory(), story.most_faults)


def _of_mutant(number: int) -> Verdict:
    """The shortest bad schedule of the story, with as few faults as possible."""
    mutant = MUTANTS[number]
    story = next(story for story in STORIES if story.name == mutant.story)
    make = in_memory(mutant.catalog)
    verdict = explore(story, make, 0, mutant.guards)
    while not verdict.bad and verdict.faults < story.most_faults:
        verdict = explore(story, make, verdict.faults + 1, mutant.guards)
    return verdict


def in_memory(
    catalog: MakeCatalog | None = None,
) -> Callable[[Story, Asked, Callable[[], None]], MemoryGround]:
    """Creates the destination in memory for a story."""
    make = partial(MemoryGround, make=catalog) if catalog is not None else MemoryGround
    return lambda story, asked, between_tables: make(asked, between_tables, in_turn=story.in_turn)


def _guard(mutant: Mutant, verdict: Verdict) -> str:
    if verdict.shortest is None:
        return f"\n### {mutant.part}: {mutant.guard}\n\nNo schedule is bad without it.\n"
    steps = "".join(f"    {step}\n" for step in verdict.shortest.trace)
    return (
        f'\n### {mutant.part}: {mutant.guard}\n\nWithout it, in "{mutant.story}":\n\n{steps}\n'
        f"Then {verdict.shortest.complaints[0]}.\n"
    )
