"""The cells of the kill matrix, and what must hold in each of them."""

from __future__ import annotations

import os
import random
import shutil
import signal
from itertools import cycle, product
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.ports.milestones import Milestone
from tests.crashes.child import EXIT_CODES, Cell, load
from tests.crashes.story import MODES, expected
from tests.crashes.tables import actual, found_ill, gaps_between_versions, loads_shown_twice

# How many processes are asked to end for each commit.
ASKED_TO_END: Final = 6
ALL_CELLS: Final = [Cell(*cell) for cell in product(Milestone, MODES, (False, True))]


def chosen(*, beyond_one_per_moment: int) -> list[Cell]:
    """All cells for the full suite; else one for each moment and some more, other ones for each commit."""
    if os.environ.get("FULL_SUITE"):
        return ALL_CELLS
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    one_each = [chance.choice([cell for cell in ALL_CELLS if cell.moment is moment]) for moment in Milestone]
    rest = [cell for cell in ALL_CELLS if cell not in one_each]
    return one_each + chance.sample(rest, beyond_one_per_moment)


def asked_to_end() -> list[tuple[Cell, signal.Signals]]:
    """Cells for the signals that ask a process to end: both in each cell for the full suite, else a few."""
    asking = (signal.SIGTERM, signal.SIGINT)
    if os.environ.get("FULL_SUITE"):
        return list(product(ALL_CELLS, asking))
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    return list(zip(chance.sample(ALL_CELLS, ASKED_TO_END), cycle(asking), strict=False))


def killed_and_loaded_again(
    folder: Path, settings: dict[str, str], cell: Cell, number: signal.Signals = signal.SIGKILL
) -> None:
    """Let a signal end the second of three loads into the catalog of *settings*, and hold what is there to what must be."""
    mode = MODES[cell.mode]
    assert 0 == load(folder, settings, cell, step=1)
    assert EXIT_CODES[number] == load(folder, settings, cell, step=2, ends=(cell.moment, number))
    if cell.fresh_host:
        shutil.rmtree(folder / "pipelines")
    for step in (2, 3):
        assert 0 == load(folder, settings, cell, step=step)
        assert "" == (folder / "errors").read_text()
        assert expected(mode, step) == actual(settings, mode)
    assert [] == loads_shown_twice(settings)
    assert ((), ()) == found_ill(settings)
    if cell.mode == "scd2":
        assert [] == gaps_between_versions(settings)
