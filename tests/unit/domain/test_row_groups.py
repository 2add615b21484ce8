from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.row_groups import SMALL_BYTES, SMALL_ROWS, are_small


@pytest.mark.parametrize(
    ("expected", "groups", "rows", "size"),
    [
        (True, 20, 100_000, 2_000_000),
        (True, 2, 5_001, 10**5),
        (False, 1, 5_000, 10**5),
        (False, 0, 0, 4),
        (False, 4, 4 * 65_536, 10**6),
        (False, 20, 100_000, 20 * SMALL_BYTES),
    ],
)
def test_groups_of_few_rows_and_bytes_are_small(expected: bool, groups: int, rows: int, size: int) -> None:  # noqa: FBT001
    assert expected is are_small(groups, rows, size)


@given(st.integers(2, 1000))
def test_groups_of_ordinary_rows_are_not(groups: int) -> None:
    assert not are_small(groups, groups * SMALL_ROWS, 1)
