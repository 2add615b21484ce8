from __future__ import annotations

from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.hive_folders import folder_values, type_of_values
from floe_ingestion_dlt.domain.schema import Scalar

names = st.text(min_size=1).filter(lambda text: text not in {".", ".."})


@given(st.dictionaries(names, st.text(), max_size=4))
def test_values_that_are_quoted_are_read_as_they_were_written(values: dict[str, str]) -> None:
    folders = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in values.items()]
    assert values == folder_values("/".join([*folders, "x=1.csv"]))


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a.csv", {}),
        ("dt=1/a.csv", {"dt": "1"}),
        ("in/dt=1/deep/country=/a.csv", {"dt": "1", "country": ""}),
        ("dt=__HIVE_DEFAULT_PARTITION__/a.csv", {"dt": None}),
        ("=1/dt/a=b.csv", {}),
        ("dt=1/dt=2/a.csv", {"dt": "2"}),
        ("rule=a=b/x.csv", {"rule": "a=b"}),
        ("dt=2026-01-01 10%3A00%3A00/x.csv", {"dt": "2026-01-01 10:00:00"}),
    ],
)
def test_folders_have_values(path: str, values: dict[str, str | None]) -> None:
    assert values == folder_values(path)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.lists(st.dates(), min_size=1))
def test_whole_numbers_and_days_are_recognised(numbers: list[int], days: list[date]) -> None:
    assert Scalar.LONG is type_of_values([*map(str, numbers), None])
    assert Scalar.DATE is type_of_values([*map(str, days), None])
    assert Scalar.STRING is type_of_values([*map(str, numbers), *map(str, days)])


@pytest.mark.parametrize(
    "text",
    [
        "01",
        "+1",
        "-0",
        "1.0",
        "1_000",
        "٣",
        " 1",
        "",
        "9223372036854775808",
        "2026-02-30",
        "2026-1-1",
        "x",
    ],
)
def test_what_would_not_be_exact_is_text(text: str) -> None:
    assert Scalar.STRING is type_of_values([text])


def test_null_alone_has_no_type() -> None:
    assert (None, None) == (type_of_values([]), type_of_values([None]))
