from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.escaping import LONGEST_NAME, listed, shown

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
