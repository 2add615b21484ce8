"""Names of columns keep the letters of every script, and are dlt's where those are ASCII."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt_api.internals import SnakeCase
from floe_ingestion_dlt.domain.column_names import RESERVED, snake_case

identifiers = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), min_size=1).filter(str.strip)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).filter(str.strip))
def test_ascii_names_are_those_of_dlt(name: str) -> None:
    assert SnakeCase().normalize_identifier(name.strip()) == snake_case(name.strip())


@given(identifiers)
def test_a_name_that_was_made_is_not_changed_again(name: str) -> None:
    naming = NamingConvention()
    made = naming.normalize_identifier(name)
    assert made == naming.normalize_identifier(made)


@given(identifiers)
def test_no_letter_and_no_digit_is_lost(name: str) -> None:
    def letters(text: str) -> str:
        lower = unicodedata.normalize("NFC", text).lower()
        return "".join(char for char in lower if unicodedata.category(char)[0] in "LMN")

    made = snake_case(name.strip())
    spelled = name.strip().translate(str.maketrans("+*@|", "xxal"))
    assert letters(made).rstrip("x") == letters(spelled).rstrip("x")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("имя", "имя"),
        ("ИмяПользователя", "имя_пользователя"),
        ("日付", "日付"),
        ("größe (cm)", "größe_cmx"),
        ("Größe", "größe"),
        ("हिन्दी", "हिन्दी"),
        ("1ère", "_1ère"),
        ("cafe\u0301", "café"),
        ("é__b", "é_b"),
        ("_größe", "_größe"),
        ("_file", "source_file"),
        ("_Deleted", "source_deleted"),
        ("_dlt_id", "_dlt_id"),
        ("file", "file"),
    ],
)
def test_names_are_lower_case_with_underscores(name: str, expected: str) -> None:
    assert expected == NamingConvention().normalize_identifier(name)


def test_no_column_has_a_name_that_iceberg_keeps_for_itself() -> None:
    assert not [name for name in RESERVED if NamingConvention().normalize_identifier(name) in RESERVED]
