"""Environment variables in settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.variables import with_variables, without_variables

SET = {"HOST": "db", "EMPTY": "", "ODD": "a${HOST}$${b}", "_x1": "y"}
TEXTS = st.text(st.sampled_from("$${}:-aHOST _1") | st.characters(), max_size=20)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("${HOST}", "db"),
        ("postgresql://${HOST}:${PORT:-5432}/x${_x1}", "postgresql://db:5432/xy"),
        ("${EMPTY}", ""),
        ("${EMPTY:-none}", "none"),
        ("${EMPTY:-}", ""),
        ("${HOST:-other}", "db"),
        ("${MISSING:-a:-b c$}", "a:-b c$"),
        ("${ODD}", "a${HOST}$${b}"),
        ("$HOST $$ $ {HOST} 100$", "$HOST $$ $ {HOST} 100$"),
        ("$${HOST}", "${HOST}"),
        ("$$${HOST}", "$${HOST}"),
        ("a$${", "a${"),
    ],
)
def test_variables_are_replaced_and_nothing_else(text: str, wanted: str) -> None:
    assert Success(wanted) == with_variables(text, SET)


@pytest.mark.parametrize("text", ["${MISSING}", "x${HOST}${MISSING}", "${host}"])
def test_a_variable_that_is_not_set_is_named(text: str) -> None:
    found = with_variables(text, SET)
    assert isinstance(found, Failure)
    name = "host" if "host" in text else "MISSING"
    assert f"the variable {name} is not set. Set it, or write ${{{name}:-default}}." == found.failure()


@pytest.mark.parametrize(
    "text", ["${}", "${ HOST }", "${1X}", "${A-B}", "${:-x}", "${HOST", "a${", "${A\nB}", "${Ä}"]
)
def test_what_is_no_variable_is_refused_with_the_way_to_write_it(text: str) -> None:
    found = with_variables(text, SET)
    assert isinstance(found, Failure)
    assert "${NAME:-default}" in found.failure()
    assert "$${" in found.failure()


@given(TEXTS, st.dictionaries(st.text("HOST", max_size=2), TEXTS))
def test_a_text_without_variables_stays_as_it_is(text: str, variables: dict[str, str]) -> None:
    assert Success(text) == with_variables(without_variables(text), variables)


@given(TEXTS)
def test_what_a_variable_holds_is_not_searched_for_variables(value: str) -> None:
    assert Success(f"<{value}>") == with_variables("<${V}>", {"V": value})
