"""A process dies at every moment of a load; the next one must leave every row once, and none out."""

from __future__ import annotations

import os
import random
import shutil
from itertools import product
from pathlib import Path

import pytest

from floe_ingestion_dlt.ports.milestones import Milestone
from tests.crashes.child import KILLED, Cell, load
from tests.crashes.story import MODES, expected
from tests.crashes.tables import actual, gaps_between_versions, loads_shown_twice

ALL_CELLS = [Cell(*cell) for cell in product(Milestone, MODES, (False, True))]
SAMPLED_BEYOND_ONE_PER_MOMENT = 12


def chosen() -> list[Cell]:
    """All cells for the full suite; else one for each moment and some more, other ones for each commit."""
    if os.environ.get("FULL_SUITE"):
        return ALL_CELLS
    chance = random.Random(os.environ.get("SAMPLE_SEED", ""))
    one_each = [chance.choice([cell for cell in ALL_CELLS if cell.moment is moment]) for moment in Milestone]
    rest = [cell for cell in ALL_CELLS if cell not in one_each]
    return one_each + chance.sample(rest, SAMPLED_BEYOND_ONE_PER_MOMENT)


@pytest.mark.parametrize("cell", chosen(), ids=str)
def test_a_load_that_was_killed_is_whole_after_the_next(tmp_path: Path, cell: Cell) -> None:
    mode = MODES[cell.mode]
    assert 0 == load(tmp_path, cell, step=1)
    assert KILLED == load(tmp_path, cell, step=2, moment=cell.moment)
    if cell.fresh_host:
        shutil.rmtree(tmp_path / "pipelines")
    for step in (2, 3):
        assert 0 == load(tmp_path, cell, step=step)
        assert "" == (tmp_path / "errors").read_text()
        assert expected(mode, step) == actual(tmp_path, mode)
    assert [] == loads_shown_twice(tmp_path)
    if cell.mode == "scd2":
        assert [] == gaps_between_versions(tmp_path)
