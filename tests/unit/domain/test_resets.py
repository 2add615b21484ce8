"""Which snapshots a reset undoes, in a root table and in those nested in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.resets import (
    ResetReport,
    Return,
    TableReturn,
    ToSnapshot,
    named,
    nested_return,
    past_loads,
    undone_by,
)
from floe_ingestion_dlt.domain.table_loads import RESET, TableSnapshot, TableSnapshots

ORDERS = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
AT = datetime(2026, 1, 1, tzinfo=UTC)
FENCE, FOREIGN = "fence", "foreign"


def snapshots(*newest_first: str, whole: bool = True) -> TableSnapshots:
    """Snapshots whose ids count from the oldest one; each is a fence, foreign, or of a load."""
    made = (
        TableSnapshot(
            number,
            AT,
            None if kind in {FENCE, FOREIGN} else kind,
            rows=2,
            is_fence=kind == FENCE,
        )
        for number, kind in zip(range(len(newest_first), 0, -1), newest_first, strict=True)
    )
    return TableSnapshots(tuple(made), whole)


HISTORIES = st.lists(st.sampled_from([FENCE, FOREIGN, "load"]), min_size=1, max_size=8)


@given(HISTORIES, st.data())
def test_a_root_goes_back_over_loads_and_fences_only(kinds: list[str], data: st.DataObject) -> None:
    seen = snapshots(*kinds)
    to = data.draw(st.integers(1, len(kinds)))
    newer = kinds[: len(kinds) - to]
    undone = undone_by(ORDERS, seen, to)
    assert (FOREIGN in newer) is isinstance(undone, Failure)
    assert [True] * len(newer) == [snapshot.id > to for snapshot in undone.value_or(seen.after(to))]


def test_a_snapshot_that_is_not_in_the_history_is_refused() -> None:
    refused = undone_by(ORDERS, snapshots("1"), 7)
    assert isinstance(refused, Failure)
    assert ("7", True) == (refused.failure().given, "expired" in refused.failure().next_step)


@pytest.mark.parametrize("given", ["7", 7.0, True, None])
def test_an_id_that_is_no_whole_number_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="whole number"):
        ToSnapshot(given)


def test_the_snapshots_of_others_are_named() -> None:
    refused = undone_by(ORDERS, snapshots("2", *[FOREIGN] * 7, "1"), 1)
    assert isinstance(refused, Failure)
    assert "8, 7, 6, 5, 4 and 2 more" in refused.failure().next_step


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (snapshots("1"), None),
        (snapshots(FOREIGN, "1"), None),
        (snapshots("3", "2", "1"), 1),
        (snapshots(FENCE, "3", FENCE, "2", FENCE, "1"), 2),
        (snapshots("2", FOREIGN, "1"), 2),
        (snapshots("3", "2"), 0),
    ],
)
def test_a_nested_table_goes_back_before_the_first_load_that_is_undone(
    seen: TableSnapshots, expected: int | None
) -> None:
    to = None if expected is None else TableReturn(LINES, seen.current, expected or None)
    assert Success(to) == nested_return(LINES, seen, ("2", "3"))


@pytest.mark.parametrize("between", [FOREIGN, "other"])
def test_a_nested_table_keeps_what_is_not_undone(between: str) -> None:
    refused = nested_return(LINES, snapshots("3", between, "2", "1"), ("2", "3"))
    assert isinstance(refused, Failure)
    assert ("bronze.orders__lines" in refused.failure().message, "3" in refused.failure().message) == (
        True,
        True,
    )


def test_a_nested_table_whose_snapshot_has_expired_does_not_go_back() -> None:
    refused = nested_return(LINES, snapshots("3", "2", whole=False), ("2", "3"))
    assert isinstance(refused, Failure)
    assert "expired" in refused.failure().message


def test_a_report_counts_loads_and_their_rows() -> None:
    seen = snapshots("3", FENCE, "2")
    report = ResetReport(ORDERS, undone=past_loads(seen.newest_first))
    assert (2, 4) == (report.loads, report.rows)
    assert (0, 0) == (ResetReport(ORDERS).loads, ResetReport(ORDERS).rows)
    assert "3" == named(seen.newest_first[:1])


def test_tables_that_stay_and_get_no_state_do_not_change() -> None:
    stays = TableReturn(ORDERS, 1, 1)
    state = StoredState(ORDERS, "text", "version", None)
    assert Return("r", (stays,)).changes_nothing
    assert not Return("r", (stays,), state=state).changes_nothing
    assert not Return("r", (stays, TableReturn(LINES, 2, 1))).changes_nothing


def test_a_fence_changes_something_only_if_it_has_a_new_state() -> None:
    assert TableSnapshot(1, AT, is_fence=True).changes_nothing
    assert not TableSnapshot(1, AT, is_fence=True, kind=RESET).changes_nothing
    assert not TableSnapshot(1, AT, "1").changes_nothing


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (snapshots("1"), 1),
        (snapshots(FENCE, "1"), 1),
        (snapshots("2"), None),
        (snapshots(FOREIGN, "1"), "covered"),
        (snapshots("1", "1"), "covered"),
    ],
)
def test_a_load_can_be_taken_out_if_only_fences_came_later(
    seen: TableSnapshots, expected: int | str | None
) -> None:
    found = seen.of_load("1")
    kept = found.value_or(None)
    assert expected == ("covered" if isinstance(found, Failure) else kept and kept.id)


def test_a_table_without_snapshots_has_no_current_one() -> None:
    assert (None, False, ()) == (TableSnapshots().current, TableSnapshots().has(1), TableSnapshots().after(1))
