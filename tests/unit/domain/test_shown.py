from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.shown import keys_in_words, shown


@given(st.text(), st.integers(1, 50))
def test_a_text_of_others_is_cut_and_has_no_control_characters(text: str, longest: int) -> None:
    assert shown(text, longest).isprintable()
    assert len(shown(text, longest)) <= 12 * longest


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
