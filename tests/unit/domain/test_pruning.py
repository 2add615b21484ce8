from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.pruning import Range, may_hold

values = st.integers(-20, 20)
texts = st.text("abc", max_size=3)


number_ranges = st.tuples(values, values).map(lambda ends: Range(min(ends), max(ends)))
text_ranges = st.tuples(texts, texts).map(lambda ends: Range(min(ends), max(ends)))
any_ranges = number_ranges | text_ranges


class TestMayHold:
    @given(st.lists(values, min_size=1), st.lists(values, min_size=1))
    def test_a_file_with_a_key_of_the_load_is_never_passed_over(
        self, file: list[int], load: list[int]
    ) -> None:
        keys = [[Range(key, key) for key in load]]
        assert may_hold([Range(min(file), max(file))], keys) or not set(file) & set(load)

    @given(any_ranges, any_ranges)
    def test_ranges_meet_or_do_not_whichever_is_asked(self, one: Range, other: Range) -> None:
        assert one.overlaps(other) == other.overlaps(one)

    @given(number_ranges, st.integers(1, 5))
    def test_a_file_beyond_all_keys_is_passed_over(self, keys: Range, beyond: int) -> None:
        assert isinstance(keys.high, int)
        assert not may_hold([Range(keys.high + beyond, keys.high + beyond + 1)], [[keys]])

    @given(text_ranges, number_ranges)
    def test_a_file_whose_bounds_are_not_known_may_hold_anything(self, text: Range, number: Range) -> None:
        unknown = Range(None, None)
        assert may_hold([unknown, unknown], [[text], [number]])

    @given(number_ranges, text_ranges)
    def test_every_column_of_the_key_has_to_be_within_bounds(self, number: Range, text: Range) -> None:
        beyond = Range("d", "e")
        assert may_hold([number, text], [[number], [text]])
        assert not may_hold([number, beyond], [[number], [text]])
