"""Findings follow from facts alone, and nothing is found where the facts agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.table_history import Tag
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.domain.verification.facts import (
    Change,
    CursorFact,
    FileFact,
    Record,
    Shown,
    TableFacts,
)
from floe_ingestion_dlt.domain.verification.order import compared
from floe_ingestion_dlt.domain.verification.rules import findings_in, has_sound_files

ORDERS = TableName(("bronze",), "orders")
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def kinds(facts: TableFacts) -> list[str]:
    return [type(finding).__name__ for finding in findings_in(facts)]


@given(loads=st.integers(0, 5), fences=st.integers(0, 2))
def test_a_history_that_agrees_with_its_records_is_well(loads: int, fences: int) -> None:
    shown = [Shown(n, n, Change.ADDED, f"load-{n}", f"state {n}") for n in range(1, loads + 1)]
    empty = [Shown(loads + n, loads + n, Change.NOTHING) for n in range(1, fences + 1)]
    records = {f"load-{n}": Record(Tag(n, n)) for n in range(1, loads + 1)}
    cursor = CursorFact("id", loads, 1, loads, loads) if loads else None
    facts = TableFacts(ORDERS, history=tuple(reversed([*shown, *empty])), records=records, cursor=cursor)
    assert [] == kinds(facts)


@given(st.integers(), st.integers())
def test_a_cursor_is_held_against_the_rows_that_loads_have_added(cursor: int, newest: int) -> None:
    history = (Shown(1, 1, Change.ADDED, "a", "state"),)
    fact = CursorFact("id", cursor, min(cursor, newest) - 1, newest, newest)
    facts = TableFacts(ORDERS, history=history, records={"a": Record(Tag(1, 1))}, cursor=fact)
    expected = {1: ["CursorAhead"], 0: [], -1: ["CursorBehind"]}
    assert expected[(cursor > newest) - (cursor < newest)] == kinds(facts)


@pytest.mark.parametrize("change", [Change.FOREIGN, Change.CHANGED])
def test_a_cursor_may_be_ahead_of_rows_that_may_rightly_be_gone(change: Change) -> None:
    history = (Shown(2, 2, change), Shown(1, 1, Change.ADDED, "a", "state"))
    cursor = CursorFact("id", 9, 1, 3, 3)
    assert [] == kinds(TableFacts(ORDERS, history=history, records={"a": Record(Tag(1, 1))}, cursor=cursor))


def test_a_cursor_that_goes_down_is_at_the_lowest_row() -> None:
    history = (Shown(1, 1, Change.ADDED, "a", "state"),)
    cursor = CursorFact("id", 1, 1, 9, 9)
    assert [] == kinds(TableFacts(ORDERS, history=history, records={"a": Record(Tag(1, 1))}, cursor=cursor))


def test_a_record_of_a_load_that_was_rolled_back_is_no_fault() -> None:
    facts = TableFacts(
        ORDERS, elsewhere={7: 3}, records={"gone": Record(Tag(7, 3)), "expired": Record(Tag(1, 1))}
    )
    assert [] == kinds(facts)


def test_what_was_forgotten_in_a_roll_back_is_not_missed_after_a_roll_forward() -> None:
    shown = (Shown(1, 1, Change.ADDED, "a"),)
    assert [] == kinds(TableFacts(ORDERS, history=shown, elsewhere={2: 2}))
    assert ["LoadRecordDiffers"] == kinds(TableFacts(ORDERS, history=shown))


@given(says=st.none() | st.integers(0), has=st.none() | st.integers(0))
def test_a_file_is_gone_or_as_long_as_it_should_be(says: int | None, has: int | None) -> None:
    facts = TableFacts(ORDERS, files=(FileFact("f", "data file", says, has),))
    found = kinds(facts)
    assert has_sound_files(facts) is not bool(found)
    assert (["MissingFile"] if has is None else []) == [kind for kind in found if kind == "MissingFile"]
    assert ("WrongLength" in found) is (None not in {says, has} and says != has)


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        (1, 1.5, -1),
        (Decimal("2.50"), 2.5, 0),
        ("b", "a", 1),
        (NOON, "2024-01-01T12:00:00Z", 0),
        (NOON, datetime(2024, 1, 1, 11), 1),  # noqa: DTZ001 - without a zone, on purpose
        (date(2024, 1, 1), NOON, -1),
        (NOON, "noon", None),
        (1, "1", None),
        (float("nan"), 1, None),
        (True, 1, None),
        (None, 1, None),
    ],
)
def test_values_are_compared_where_they_can_be(one: object, other: object, order: int | None) -> None:
    assert order == compared(one, other)


def test_texts_of_findings_can_be_redacted() -> None:
    (finding,) = findings_in(TableFacts(ORDERS, files=(FileFact("s3://key@b/f", "data file", None, None),)))
    changed = with_text(finding, lambda text: text.replace("key", "***"))
    assert "s3://***@b/f" in changed.message
    assert "s3://***@b/f" not in finding.message
