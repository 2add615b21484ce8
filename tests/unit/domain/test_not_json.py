from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.not_json import found_in_place_of_json


@pytest.mark.parametrize(
    ("text", "position", "words", "step"),
    [
        ("<!DOCTYPE html><p>Jane", 0, "a web page (HTML)", "login"),
        ("\n <HTML>Jane", 2, "a web page (HTML)", "login"),
        ("<?xml version='1.0'?><a>Jane</a>", 0, "XML", "Accept"),
        ('{"items": [{"id": 1', 19, "it is cut off after 19 characters", "owner"),
        ("{'items': []}", 1, "it is broken at line 1, column 2", "owner"),
        ('[\n{"a": Jane}]', 8, "it is broken at line 2, column 7", "owner"),
        ("id,name\n1,Jane\n2,Joe\n", 0, "lines with the same number of commas, like CSV", "filesystem"),
        ("Jane", 0, "a text of 4 characters", "URL"),
    ],
)
def test_what_was_found_is_named_and_not_shown(text: str, position: int, words: str, step: str) -> None:
    found = found_in_place_of_json(text, position)
    assert words == found.words
    assert step in found.next_step
    assert "Jane" not in found.words


@given(st.text())
def test_any_text_that_is_no_json_is_described(text: str) -> None:
    error = _error_of(text)
    assert error is None or found_in_place_of_json(error.doc, error.pos).words


def _error_of(text: str) -> json.JSONDecodeError | None:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    return None
