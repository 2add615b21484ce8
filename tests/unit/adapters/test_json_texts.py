from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.json_texts import JsonText, json_of, kept_json

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(plain)
def test_values_are_json(value: object) -> None:
    assert value == json.loads(json_of(value))


@given(st.lists(plain.map(lambda value: JsonText(json.dumps(value))), max_size=3))
def test_json_in_a_list_is_kept_as_it_is(texts: list[JsonText]) -> None:
    assert f"[{', '.join(texts)}]" == json_of(texts)


@pytest.mark.parametrize("text", ['{"a": 1.10}', "1", '"x"', "null", '{"b":1,  "b":2}', "1e400"])
def test_the_text_of_a_database_is_not_touched(text: str) -> None:
    assert (text, text) == (json_of(kept_json(text)), json_of(kept_json(text.encode())))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([b"\x01\xff"], '["01ff"]'),
        ([[b""], None], '[[""], null]'),
        ({"a": b"\x0a"}, '{"a": "0a"}'),
        ([Decimal("1.10")], '["1.10"]'),
    ],
)
def test_bytes_are_hexadecimal_digits(value: object, expected: str) -> None:
    assert expected == json_of(value)
