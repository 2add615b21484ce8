"""What is known of an API's answer, and when it can be asked for a change."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.known_answers import condition_of, known_answer, known_answer_in

TAG = {"ETag": 'W/"a1"'}
requests = st.lists(st.text(), max_size=4)


@settings(max_examples=10)
@given(requests, requests)
def test_an_answer_belongs_to_its_request_only(request: list[str], other: list[str]) -> None:
    made = known_answer(request, TAG)
    assert made is not None
    assert made.answers(request)
    assert made.answers(other) == (request == other)
    assert made == known_answer_in(made.text())


def test_equal_requests_have_digests_of_their_own() -> None:
    assert known_answer(["a"], TAG) != known_answer(["a"], TAG)


@given(st.none() | st.text() | st.integers())
def test_another_text_is_no_answer(text: object) -> None:
    assert known_answer_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '["a:b", "If-None-Match"]',
        '["a:b", "Authorization", "x"]',
        '["a:b", "If-Match", "x"]',
        '[1, "If-None-Match", "x"]',
    ],
)
def test_json_that_is_no_answer_is_none(text: str) -> None:
    assert known_answer_in(text) is None


@given(st.dictionaries(st.sampled_from(["etag", "last-modified", "date", "vary"]), st.text()))
def test_every_answer_has_a_condition_or_none(headers: dict[str, str]) -> None:
    found = condition_of(headers)
    assert found is None or found[0] in {"If-None-Match", "If-Modified-Since"}


CHANGED = "Mon, 01 Jan 2024 00:00:00 GMT"


def dated(sent: str, changed: str = CHANGED, **others: str) -> dict[str, str]:
    return {"last-modified": changed, "date": f"Mon, 01 Jan 2024 00:{sent} GMT", **others}


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ({"etag": '"a"'}, ("If-None-Match", '"a"')),
        ({"etag": ' W/"a, b" '.replace(", ", ",")}, ("If-None-Match", 'W/"a,b"')),
        (dated("01:00"), ("If-Modified-Since", CHANGED)),
        (dated("01:00", etag='"a"'), ("If-None-Match", '"a"')),
        (dated("00:59"), None),
        ({"last-modified": CHANGED}, None),
        (dated("01:00", "yesterday"), None),
        (dated("01:00", "Mon, 01 Jan 2024 00:00:00 -0000"), None),
        (dated("01:00", "Mon, 01 Jan 2024 00:00:00 +99999999999999999"), None),
        (dated("01:00", f"{CHANGED}\n"), None),
        (dated("01:00", etag="*"), None),
        ({"etag": "*"}, None),
        ({"etag": "a"}, None),
        ({"etag": '"a'}, None),
        ({"etag": '"a"', "vary": " * "}, None),
        ({"etag": '"a"', "vary": "Accept"}, ("If-None-Match", '"a"')),
        ({"etag": '"a"', "cache-control": "private, No-Store"}, None),
        ({}, None),
    ],
)
def test_only_an_exact_validator_is_a_condition(
    headers: dict[str, str], condition: tuple[str, str] | None
) -> None:
    assert condition == condition_of(headers)


def test_without_a_condition_nothing_is_known() -> None:
    assert known_answer(["a"], {}) is None
