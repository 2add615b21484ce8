"""Whole numbers of more than 64 bits and shorter ones are in one column, whichever load brings them."""

from __future__ import annotations

from decimal import Decimal

from tests.platforms import Platform


def test_shorter_numbers_of_a_later_load_stay_in_the_column_of_longer_ones(platform: Platform) -> None:
    for number in (2**64 - 1, 5, -(2**63), 2**64):
        platform.csv("a.csv", f"id\n{number}\n")
        assert platform.load().success
    rows = platform.rows()
    assert [{"id"}] * 4 == [set(row) for row in rows]
    assert sorted(map(Decimal, (2**64 - 1, 5, -(2**63), 2**64))) == sorted(row["id"] for row in rows)
