"""A reset is tried again until it is known to be done, and says what it has undone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from returns.result import Failure

from floe_ingestion_dlt.adapters.dlt.kept_state import DltStates
from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitConflict, CommitRefused, CommitUnknown
from floe_ingestion_dlt.domain.resets import ToCursor, ToSnapshot
from floe_ingestion_dlt.running.resets import ATTEMPTS, Reset
from floe_ingestion_dlt.testing import MemoryLab
from floe_ingestion_dlt.testing.lab import append, rows_of
from floe_ingestion_dlt.testing.laws import ANN, ONE, ORDERS
from floe_ingestion_dlt.testing.reset_laws import load_both


@pytest.fixture
def lab(tmp_path: Path) -> MemoryLab:
    return MemoryLab(tmp_path)


def reset_to_first(lab: MemoryLab, *answers: Answer) -> tuple[Reset, ToSnapshot]:
    """A table with two loads, and the answers of the catalog to what comes next."""
    first = load_both(lab, ONE, "1", ORDERS)
    load_both(lab, pa.table({"id": [2, 3], "name": ["bob", "cat"]}), "2", ORDERS)
    lab._answers.extend(answers)
    return Reset("reset", lab.destination, DltStates()), ToSnapshot(first)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [Answer.CONFLICT],
        [Answer.LOSE_THE_REQUEST, Answer.CONFLICT],
        [Answer.LAND_AND_LOSE_THE_ANSWER],
        [Answer.LAND_AND_SAY_CONFLICT],
        [Answer.CONFLICT, Answer.LAND_AND_LOSE_THE_ANSWER],
    ],
)
def test_it_says_what_it_has_undone_whatever_is_answered(lab: MemoryLab, answers: list[Answer]) -> None:
    reset, to = reset_to_first(lab, *answers)
    report = reset.done("bronze.orders", to).unwrap()
    assert (["2"], 2) == ([load.load_id for load in report.undone], report.rows)
    assert [ANN] == rows_of(lab, ORDERS)
    assert 2 == lab.snapshots(ORDERS)


@pytest.mark.parametrize(
    ("answers", "fault"),
    [
        ([Answer.REFUSE], CommitRefused),
        ([Answer.CONFLICT] * ATTEMPTS, CommitConflict),
        ([Answer.LOSE_THE_REQUEST] * ATTEMPTS, CommitUnknown),
    ],
)
def test_it_gives_up_with_the_last_fault(lab: MemoryLab, answers: list[Answer], fault: type[object]) -> None:
    reset, to = reset_to_first(lab, *answers)
    given_up = reset.done("bronze.orders", to)
    assert isinstance(given_up, Failure)
    assert fault is type(given_up.failure())
    assert 3 == len(rows_of(lab, ORDERS))


def test_a_state_that_cannot_be_read_does_not_keep_a_table_from_going_back(lab: MemoryLab) -> None:
    first = load_both(lab, ONE, "1", ORDERS)
    commit_once(append(lab, ORDERS, ONE, "2", state="no state of dlt"), lab.destination).unwrap()
    reset = Reset("reset", lab.destination, DltStates())
    assert "cannot be read" in reset.done("bronze.orders", ToCursor(1)).failure().message
    assert 1 == reset.done("bronze.orders", ToSnapshot(first)).unwrap().loads


def test_nothing_is_reset_while_the_catalog_is_down(lab: MemoryLab) -> None:
    reset, to = reset_to_first(lab)
    lab.memory.down = True
    assert "describe" in reset.done("bronze.orders", to).failure().message
