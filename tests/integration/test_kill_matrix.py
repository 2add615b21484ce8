"""A process dies at every moment of a load into Polaris; the next one must leave every row once, and none out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crashes.cells import chosen, killed_and_loaded_again
from tests.crashes.child import Cell
from tests.rest.gateway import Gateway


@pytest.mark.parametrize("cell", chosen(beyond_one_per_moment=1), ids=str)
def test_a_load_that_was_killed_is_whole_after_the_next(tmp_path: Path, gateway: Gateway, cell: Cell) -> None:
    killed_and_loaded_again(tmp_path, gateway.properties, cell)
