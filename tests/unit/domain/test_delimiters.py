from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.delimiters import USUAL, Undecided, dividing, found_delimiter, in_words

words = st.text(st.sampled_from("ab 1"), max_size=4)


@given(
    st.sampled_from(USUAL), st.integers(2, 5).flatmap(lambda n: st.lists(st.tuples(*[words] * n), min_size=1))
)
def test_what_divides_all_rows_is_found(delimiter: str, rows: list[tuple[str, ...]]) -> None:
    assert Success(delimiter) == found_delimiter([delimiter.join(row) for row in rows])


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (["id;at", "1;10:00"], ";"),
        (["1;10:00", "2;11:00"], ";"),
        (["a;b", "1,5;2,5"], ";"),
        (["note", "x, y", "z"], None),
        ([], None),
    ],
)
def test_others_in_some_rows_do_not_matter(rows: list[str], found: str | None) -> None:
    assert Success(found) == found_delimiter(rows)


@pytest.mark.parametrize(
    ("rows", "fit", "says"),
    [
        (["a,b;c", "1,2;3"], (",", ";"), "divided by comma and by semicolon"),
        (["a;b", "1;2;3"], (), "no usual delimiter"),
    ],
)
def test_what_is_not_clear_is_not_guessed(rows: list[str], fit: tuple[str, ...], says: str) -> None:
    assert Failure(Undecided(fit)) == found_delimiter(rows)
    assert says in Undecided(fit).message


def test_a_row_without_it_is_not_divided() -> None:
    assert dividing(["a;b", "c"]) == ()
    assert dividing([]) == ()


def test_other_characters_are_named_as_they_are() -> None:
    assert ["tab", "'~'"] == [in_words("\t"), in_words("~")]
