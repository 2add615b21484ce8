"""A process dies, or is asked to end, at every moment of a load; the next one must leave every row once, and none out."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.catalogs import sqlite_catalog
from tests.crashes.cells import asked_to_end, chosen, killed_and_loaded_again
from tests.crashes.child import Cell


@pytest.mark.parametrize("cell", chosen(beyond_one_per_moment=1), ids=str)
def test_a_load_that_was_killed_is_whole_after_the_next(tmp_path: Path, cell: Cell) -> None:
    killed_and_loaded_again(tmp_path, sqlite_catalog(tmp_path), cell)


@pytest.mark.parametrize(
    ("cell", "number"), asked_to_end(), ids=lambda value: getattr(value, "name", str(value))
)
def test_a_load_that_was_asked_to_end_is_whole_after_the_next(
    tmp_path: Path, cell: Cell, number: signal.Signals
) -> None:
    killed_and_loaded_again(tmp_path, sqlite_catalog(tmp_path), cell, number)
