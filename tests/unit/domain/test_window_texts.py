"""A window is kept beside a package as text, and is the same in the process that finishes the load."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.window_texts import text_of, window_in
from floe_ingestion_dlt.domain.windows import Window

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (-(10**37), 10**37),
        (Decimal("-0.10"), Decimal("1e30")),
        (date(1, 1, 1), date(9999, 12, 31)),
        (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999)),  # noqa: DTZ001 - it has no zone
        (
            datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            datetime(2026, 1, 2, tzinfo=UTC),
        ),
        ("", "\uf026\U0001f600"),
    ],
    ids=str,
)
def test_a_window_is_the_same_afterwards(start: Any, end: Any) -> None:
    window = Window("ö name", start, end)
    again = window_in(text_of(window))
    assert window == again
    assert (type(window.start), type(window.end)) == (type(again.start), type(again.end))


@given(texts.filter(str.strip), texts, texts)
def test_a_window_of_texts_is_the_same_afterwards(column: str, one: str, other: str) -> None:
    window = Window(column, min(one, other), max(one, other) + "x")
    assert window == window_in(text_of(window))
    assert text_of(window).isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "7",
        "[]",
        "{}",
        '{"column": "a", "kind": "int", "start": "x", "end": "2"}',
        '{"column": "a", "kind": "int", "start": "2", "end": "1"}',
        '{"column": "a", "kind": "float", "start": "1", "end": "2"}',
        '{"column": "a", "kind": "decimal", "start": "x", "end": "2"}',
        '{"column": 1, "kind": "int", "start": "1", "end": "2"}',
        "[" * 100_000,
    ],
)
def test_any_other_text_is_no_window(text: str) -> None:
    assert window_in(text) is None
