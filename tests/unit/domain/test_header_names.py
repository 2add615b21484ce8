from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.domain.header_names import named_columns

spellings = st.sampled_from(
    [
        "",
        " ",
        "\t",
        "id",
        "column_1",
        "Column 1",
        "COLUMN_2",
        "column-3",
        "column_2_2",
        "Column.1",
        "column__3",
    ]
)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (["", "id"], ("column_1", "id")),
        (["id", "", "  "], ("id", "column_2", "column_3")),
        (["", "column_1"], ("column_1_2", "column_1")),
        (["", "Column 1", "column_1_2"], ("column_1_3", "Column 1", "column_1_2")),
        (["\u00a0"], ("column_1",)),
    ],
)
def test_columns_without_a_name_are_named_by_their_place(header: list[str], names: tuple[str, ...]) -> None:
    assert names == named_columns(header)


@given(st.lists(spellings, min_size=1, max_size=5))
def test_a_name_that_is_made_is_no_other_column_of_the_table(header: list[str]) -> None:
    names = named_columns(header)
    in_table = [NamingConvention().normalize_path(name) for name in names]
    made = [column for column, name in zip(in_table, header, strict=True) if not name.strip()]
    assert [1] * len(made) == [in_table.count(column) for column in made]


@given(st.lists(spellings, max_size=5))
def test_names_that_are_there_stay(header: list[str]) -> None:
    kept = [name for name, old in zip(named_columns(header), header, strict=True) if old.strip()]
    assert [name for name in header if name.strip()] == kept
