"""Explores the commit protocol: every interleaving, answer, crash and late request of some stories.

It needs greenlet. `python -m floe_ingestion_dlt.testing.explorer` explores the destination in memory; with a `MakeGround` of
your own, `explore` does it with yours.
"""

from floe_ingestion_dlt.testing.explorer.catalogs import NESTED, ROOT, Ground, MemoryGround
from floe_ingestion_dlt.testing.explorer.explore import MakeGround, Schedule, Verdict, explore, play
from floe_ingestion_dlt.testing.explorer.mutants import MUTANTS, Mutant
from floe_ingestion_dlt.testing.explorer.stories import STORIES, Chore, Lines, Resume, Rows, Run, Story

__all__ = [
    "MUTANTS",
    "NESTED",
    "ROOT",
    "STORIES",
    "Chore",
    "Ground",
    "Lines",
    "MakeGround",
    "MemoryGround",
    "Mutant",
    "Resume",
    "Rows",
    "Run",
    "Schedule",
    "Story",
    "Verdict",
    "explore",
    "play",
]
