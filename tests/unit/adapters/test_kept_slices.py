"""Answers of workers are the same after they were kept on the disk."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.kept_slices import answer_in, text_of_answer
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.sliced_loads import SliceAnswer
from tests.unit.domain.strategies import samples_of

warnings = samples_of(LoadWarning)


@given(st.lists(warnings, max_size=3).map(tuple))
def test_the_warnings_of_a_slice_are_kept(found: tuple[LoadWarning, ...]) -> None:
    answer = SliceAnswer("1", 2, (), None, {"id": "int64"}, found)
    assert answer == answer_in(text_of_answer(answer))


def test_an_answer_that_was_kept_before_there_were_warnings_has_none() -> None:
    text = json.loads(text_of_answer(SliceAnswer("1", 2, (), ())))
    del text["warnings"]
    assert SliceAnswer("1", 2, (), ()) == answer_in(json.dumps(text))
