from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.sheet_cells import Merged, column_letters, place_of


@given(st.integers(0, 1_048_575), st.integers(0, 16_383))
def test_a_cell_is_found_by_its_letters_and_number(row: int, column: int) -> None:
    assert (row, column) == place_of(f"{column_letters(column)}{row + 1}")


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16_383, "XFD")]
)
def test_columns_have_the_letters_of_a_sheet(column: int, letters: str) -> None:
    assert letters == column_letters(column)


@pytest.mark.parametrize("reference", ["", "A", "1", "A0", "a1", "A1:B2", "ABCD1"])
def test_other_texts_are_no_cells(reference: str) -> None:
    assert place_of(reference) is None


def test_merged_cells_have_a_name_and_their_cells() -> None:
    merged = Merged((1, 2), (2, 3))
    assert ("C2:D3", [(1, 3), (2, 2), (2, 3)]) == (merged.name, merged.cells())
