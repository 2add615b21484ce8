"""A reset that is interrupted between two tables is completed by the next load, or by the next reset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from floe_ingestion_dlt.domain.resets import Return, TableReturn
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.testing import IcebergLab, Lab, MemoryLab
from floe_ingestion_dlt.testing.lab import append, rows_of
from floe_ingestion_dlt.testing.laws import ANN, LINES, ONE, ORDERS, TWO
from floe_ingestion_dlt.testing.reset_laws import back_to, load_both

NOTES = ORDERS.sibling("orders__notes")
CAT = {"id": 3, "name": "cat"}
THREE = pa.table({"id": [3], "name": ["cat"]})


class Killed(BaseException):
    """Nothing of ours catches this."""


class Killer:
    """Kills before the nested table of this number is reached."""

    def __init__(self) -> None:
        self.left: int | None = None

    def __call__(self, moment: Milestone, of: str) -> None:
        if moment is Milestone.BETWEEN_TABLES and self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Killed(of)


def of_memory(folder: Path, killer: Killer) -> Lab:
    made = MemoryLab(folder, in_turn=True)
    made.memory.catalog.milestones = killer
    return made


def of_iceberg(folder: Path, killer: Killer) -> Lab:
    return IcebergLab(folder, in_turn=True, milestones=killer)


LABS = pytest.mark.parametrize("make", [of_memory, of_iceberg], ids=["memory", "table-by-table"])


def interrupted(make: Callable[[Path, Killer], Lab], folder: Path, after: int) -> Lab:
    """A lab with two loads that were undone in the root, and in so many of two nested tables."""
    lab = make(folder, killer := Killer())
    first = load_both(lab, ONE, "1", ORDERS, LINES, NOTES)
    for load_id in ("2", "3"):
        load_both(lab, TWO, load_id, ORDERS, LINES, NOTES)
    killer.left = after
    with pytest.raises(Killed):
        lab.destination.go_back(back_to(lab, first, LINES, NOTES))
    assert [ANN] == rows_of(lab, ORDERS)
    assert 3 == len(rows_of(lab, NOTES))
    return lab


@LABS
@pytest.mark.parametrize("after", [0, 1])
def test_the_next_load_completes_it(make: Callable[[Path, Killer], Lab], tmp_path: Path, after: int) -> None:
    lab = interrupted(make, tmp_path, after)
    load_both(lab, THREE, "4", ORDERS, LINES, NOTES)
    assert [[ANN, CAT]] * 3 == [rows_of(lab, table) for table in (ORDERS, LINES, NOTES)]


@LABS
@pytest.mark.parametrize("after", [0, 1])
def test_the_next_reset_completes_it(make: Callable[[Path, Killer], Lab], tmp_path: Path, after: int) -> None:
    lab = interrupted(make, tmp_path, after)
    lab.destination.go_back(Return("again", (TableReturn(ORDERS, None, None),))).unwrap()
    assert [[ANN]] * 3 == [rows_of(lab, table) for table in (ORDERS, LINES, NOTES)]


@LABS
def test_fences_between_the_loads_do_not_keep_it_from_being_completed(
    make: Callable[[Path, Killer], Lab], tmp_path: Path
) -> None:
    lab = make(tmp_path, killer := Killer())
    first = load_both(lab, ONE, "1", ORDERS, LINES)
    load_both(lab, TWO, "2", ORDERS, LINES)
    lab.destination.fence(append(lab, LINES, TWO, "never")).unwrap()
    load_both(lab, TWO, "3", ORDERS, LINES)
    lab.destination.fence(append(lab, LINES, TWO, "never")).unwrap()
    killer.left = 0
    with pytest.raises(Killed):
        lab.destination.go_back(back_to(lab, first, LINES))
    load_both(lab, THREE, "4", ORDERS, LINES)
    assert [[ANN, CAT]] * 2 == [rows_of(lab, table) for table in (ORDERS, LINES)]
