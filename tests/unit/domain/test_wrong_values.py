"""Values of a wrong type are reported in YAML's words, with what was given, and without secrets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ByteSize, Field, TypeAdapter, ValidationError

from floe_ingestion_dlt.boundary.validation import with_context
from floe_ingestion_dlt.domain.wrong_values import in_words


class Inner(BaseModel):
    n: int


def text_for(kind: Any, value: object, name: str = "field") -> str:
    """What is said of the value of a field of this type."""
    try:
        TypeAdapter(dict[str, kind]).validate_python({name: value})
    except ValidationError as refused:
        (error,) = with_context(refused, "the settings").errors()
        return error["msg"]
    raise AssertionError(value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (int, "many", "a valid integer is needed, such as 3; 'many' was given"),
        (int, 1.5, "a valid integer is needed, such as 3; 1.5 was given"),
        (int, [1], "a valid integer is needed, such as 3; a list was given"),
        (int, None, "a valid integer is needed, such as 3; nothing was given"),
        (ByteSize, "much", "a size is needed, such as 2GiB or 800MB; 'much' was given"),
        (ByteSize, "12 loads", "a size is needed, such as 2GiB or 800MB; '12 loads' was given"),
        (ByteSize, [1], "a size is needed, such as 2GiB or 800MB; a list was given"),
        (float, "soon", "a valid number is needed, such as 1.5; 'soon' was given"),
        (bool, "maybe", "true or false is needed, without quotes; 'maybe' was given"),
        (bool, 7, "true or false is needed, without quotes; 7 was given"),
        (str, 3, "a text is needed, in quotes if it looks like a number; 3 was given"),
        (str, True, "a text is needed, in quotes if it looks like a number; true was given"),
        (
            tuple[str, ...],
            {"a": 1},
            "a list is needed: in YAML, lines that begin with -; a mapping was given",
        ),
        (list[str], "a", "a list is needed: in YAML, lines that begin with -; 'a' was given"),
        (dict[str, str], ["a"], "a mapping is needed: in YAML, lines such as key: value; a list was given"),
        (Inner, "a", "a mapping is needed: in YAML, lines such as key: value; a text was given"),
        (Inner, {}, "it is missing"),
        (
            Literal["csv", "excel"],
            ".XLSX",
            "one of csv, excel is needed (did you mean excel?); '.XLSX' was given",
        ),
        (Literal["csv", "json"], "xlsx", "one of csv, json is needed; 'xlsx' was given"),
        (Literal["csv", "json"], "cvs", "one of csv, json is needed (did you mean csv?); 'cvs' was given"),
        (Literal["csv", "json"], 3, "one of csv, json is needed; 3 was given"),
        (Annotated[int, Field(ge=1)], 0, "a number of at least 1 is needed; 0 was given"),
        (Annotated[int, Field(lt=9)], 9, "a number of less than 9 is needed; 9 was given"),
    ],
)
def test_the_error_says_what_is_needed_and_what_was_given(kind: Any, value: object, expected: str) -> None:
    assert expected == text_for(kind, value)


@pytest.mark.parametrize("name", ["password", "connection_string", "credentials", "mask_secret", "api_key"])
@pytest.mark.parametrize("kind", [int, float, bool, list[str], Literal["a"], dict[str, str]])
def test_a_value_at_the_name_of_a_credential_is_not_shown(kind: Any, name: str) -> None:
    text = text_for(kind, "hush-hush", name)
    assert "hush" not in text
    assert "a text was given" in text


@given(st.sampled_from(["dict_type", "model_type"]), st.text(min_size=3))
def test_a_text_in_the_place_of_a_mapping_is_not_shown(kind: str, value: str) -> None:
    assert "a mapping is needed: in YAML, lines such as key: value; a text was given" == in_words(
        kind, {}, ("source_config",), value
    )


@given(st.text())
def test_other_errors_keep_their_words(value: str) -> None:
    assert in_words("value_error", {}, ("name",), value) is None


def test_a_url_with_a_password_is_shown_without_it() -> None:
    assert "hush-hush" not in text_for(int, "postgresql://ann:hush-hush@db/shop")
