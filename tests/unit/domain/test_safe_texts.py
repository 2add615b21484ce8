from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.safe_texts import LONGEST_NAME, keys_in_words, listed, shown

ANY_TEXT = st.text(st.characters(codec=None), max_size=2 * LONGEST_NAME)


@given(ANY_TEXT)
def test_nothing_shown_moves_a_cursor_or_ends_a_line(text: str) -> None:
    assert shown(text).isprintable()
    assert shown(text).encode().decode() == shown(text)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=LONGEST_NAME))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert text == shown(text)


@given(ANY_TEXT, st.integers(0, 50))
def test_a_long_text_is_cut_and_says_how_long_it_was(text: str, limit: int) -> None:
    told = shown(text, limit)
    assert (len(text) > limit) == told.endswith(f"... ({len(text):,} characters)")
    assert len(told) <= 10 * limit + 40


def test_marks_of_terminals_are_escaped() -> None:
    assert r"a\x1b]0;x\x07\nb\u202e\udcff" == shown("a\x1b]0;x\x07\nb\u202e\udcff")


@given(st.lists(ANY_TEXT, max_size=40), st.integers(1, 10))
def test_names_that_are_not_listed_are_counted(names: list[str], most: int) -> None:
    told = listed(names, most)
    assert told.isprintable()
    assert (len(names) > most) == told.endswith(f" and {len(names) - most:,} more")


@given(st.lists(st.tuples(st.text(), st.booleans())))
def test_keys_are_few_short_and_printable(keys: list[tuple[object, bool]]) -> None:
    told = keys_in_words(keys)
    assert told.isprintable()
    assert len(told) < 500


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([], "no keys"),
        ([("items", False), ("next", False)], "items, next"),
        ([("data", True), ("@odata.nextLink", False)], "data, @odata.nextLink"),
        ([(f"{name}1", False) for name in "abc"], "3 keys that may be data"),
        ([("items", False), ("4711", False)], "items and 1 more key"),
        ([("Jane", True), ("John", True)], "2 keys that may be data"),
        ([("jane@roe.example", False)], "1 key that may be data"),
        ([(name, False) for name in "abcdefghijklm"], "a, b, c, d, e, f, g, h, i, j and 3 more keys"),
    ],
)
def test_keys_that_may_be_data_are_counted_only(keys: list[tuple[object, bool]], told: str) -> None:
    assert told == keys_in_words(keys)
