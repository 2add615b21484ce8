"""No digit of a number in a CSV file is lost, because a type was guessed for it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.file_plans import plan_of, rows_of

NUMBERS = st.one_of(
    st.integers(-(10**37), 10**37).map(str),
    st.integers(0, 10**20).map("+{}".format),
    st.integers(0, 10**4).map("0{}".format),
    st.integers(-(2**63), 2**63 - 1).map(str),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=5))
def test_numbers_are_read_as_they_are_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("in")
    (folder / "a.csv").write_text("\n".join(["n", *texts, ""]))
    assert texts == [str(row["n"]) for row in rows_of(plan_of(folder))]


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "2"], [1, 2]),
        (["18446744073709551615", "1"], [Decimal(2**64 - 1), Decimal(1)]),
        (["+4912345"], ["+4912345"]),
        (["01234", "99999"], ["01234", "99999"]),
        (["-012"], ["-012"]),
        (["0", "-0.5", "0.25"], [0.0, -0.5, 0.25]),
        (["1e3", "2"], [1000.0, 2.0]),
        (["00.5"], ["00.5"]),
        (["1" * 39], ["1" * 39]),
        (["1", "", "3"], [1, None, 3]),
    ],
    ids=str,
)
def test_types_keep_the_digits(tmp_path: Path, texts: list[str], values: list[object]) -> None:
    (tmp_path / "a.csv").write_text("\n".join(["n,x", *(f"{text},y" for text in texts), ""]))
    found = [row["n"] for row in rows_of(plan_of(tmp_path))]
    assert (values, [*map(type, values)]) == (found, [*map(type, found)])
