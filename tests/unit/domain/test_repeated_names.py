from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.repeated_names import repeated


def test_names_that_are_there_more_than_once_have_their_positions() -> None:
    assert "a is at the positions 0, 2 and 3; b is at the positions 1 and 4" == repeated("abaab")


@given(st.sets(st.text()))
def test_names_that_are_there_once_are_not_reported(names: set[str]) -> None:
    assert "" == repeated(names)


@given(st.lists(st.text(), min_size=1))
def test_a_name_is_reported_if_it_is_there_again(names: list[str]) -> None:
    assert bool(repeated(names)) is (len(set(names)) < len(names))
    assert repeated([*names, names[0]])
