from __future__ import annotations

import pytest
from hypothesis import given

from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
)
from floe_ingestion_dlt.domain.wider_types import holds, joined, widened
from tests.unit.domain.strategies import column_types, kindred_types


def struct(**fields: ColumnType) -> StructOf:
    return StructOf(tuple(Column(name, kind) for name, kind in fields.items()))


class TestHolds:
    @given(column_types)
    def test_every_type_holds_its_own_values(self, kind: ColumnType) -> None:
        assert holds(kind, kind)

    @given(kindred_types, kindred_types)
    def test_two_types_that_hold_each_other_are_one(self, one: ColumnType, other: ColumnType) -> None:
        assert (one == other) is (holds(one, other) and holds(other, one))

    @given(kindred_types | column_types, kindred_types | column_types, kindred_types | column_types)
    def test_what_a_held_type_holds_is_held(
        self, wide: ColumnType, middle: ColumnType, narrow: ColumnType
    ) -> None:
        assert holds(wide, narrow) or not (holds(wide, middle) and holds(middle, narrow))

    @pytest.mark.parametrize(
        ("table", "value", "expected"),
        [
            (Scalar.LONG, Scalar.INT, True),
            (Scalar.INT, Scalar.LONG, False),
            (Scalar.DOUBLE, Scalar.FLOAT, True),
            (Scalar.DOUBLE, Scalar.INT, True),
            (Scalar.DOUBLE, Scalar.LONG, False),
            (Scalar.FLOAT, Scalar.INT, False),
            (Decimal(9, 2), Decimal(5, 2), True),
            (Decimal(5, 2), Decimal(9, 2), False),
            (Decimal(9, 3), Decimal(5, 2), True),
            (Decimal(9, 3), Decimal(9, 2), False),
            (Decimal(21, 2), Scalar.LONG, True),
            (Decimal(20, 2), Scalar.LONG, False),
            (Decimal(10, 0), Scalar.INT, True),
            (Scalar.TIMESTAMPTZ, Scalar.TIMESTAMP, True),
            (Scalar.TIMESTAMP, Scalar.TIMESTAMPTZ, False),
            (Scalar.TIMESTAMP, Scalar.DATE, True),
            (Scalar.TIMESTAMPTZ, Scalar.DATE, True),
            (Scalar.BINARY, Fixed(4), True),
            (Scalar.STRING, Scalar.LONG, False),
            (ListOf(Scalar.LONG), ListOf(Scalar.INT), True),
            (MapOf(Scalar.STRING, Scalar.LONG), MapOf(Scalar.STRING, Scalar.INT), True),
            (struct(a=Scalar.LONG, b=Scalar.DATE), struct(b=Scalar.DATE), True),
            (struct(a=Scalar.LONG, b=Scalar.DATE), struct(b=Scalar.DATE, a=Scalar.INT), True),
            (struct(a=Scalar.LONG), struct(a=Scalar.LONG, b=Scalar.DATE), False),
        ],
    )
    def test_no_value_would_change(self, table: ColumnType, value: ColumnType, expected: bool) -> None:  # noqa: FBT001 - an expected value
        assert expected is holds(table, value)


class TestWidened:
    @given(kindred_types | column_types, kindred_types | column_types)
    def test_a_type_is_never_narrowed(self, has: ColumnType, wanted: ColumnType) -> None:
        grown = widened(has, wanted)
        assert grown is None or widened(grown, has) == widened(grown, wanted) == grown

    @given(kindred_types | column_types, kindred_types | column_types)
    def test_the_wider_type_holds_both(self, has: ColumnType, wanted: ColumnType) -> None:
        grown = widened(has, wanted)
        assert grown is None or (holds(grown, has) and holds(grown, wanted))

    @given(kindred_types, kindred_types)
    def test_what_is_wide_enough_stays(self, has: ColumnType, wanted: ColumnType) -> None:
        assert not holds(has, wanted) or has == widened(has, wanted)

    @pytest.mark.parametrize(
        ("has", "wanted", "expected"),
        [
            (Scalar.INT, Scalar.LONG, Scalar.LONG),
            (Scalar.LONG, Scalar.INT, Scalar.LONG),
            (Decimal(9, 2), Decimal(5, 2), Decimal(9, 2)),
            (Decimal(9, 2), Decimal(9, 3), None),
            (Decimal(9, 2), Decimal(9, 1), Decimal(10, 2)),
            (Decimal(9, 2), Scalar.LONG, Decimal(21, 2)),
            (Decimal(38, 30), Scalar.LONG, None),
            (Scalar.STRING, Scalar.LONG, None),
            (Scalar.DATE, Scalar.TIMESTAMP, None),
            (ListOf(Scalar.LONG), ListOf(Scalar.INT), ListOf(Scalar.LONG)),
            (ListOf(Scalar.INT), ListOf(Scalar.LONG), ListOf(Scalar.LONG)),
            (ListOf(Scalar.INT), ListOf(Scalar.STRING), None),
            (
                MapOf(Scalar.STRING, Scalar.FLOAT),
                MapOf(Scalar.STRING, Scalar.DOUBLE),
                MapOf(Scalar.STRING, Scalar.DOUBLE),
            ),
            (MapOf(Scalar.INT, Scalar.LONG), MapOf(Scalar.LONG, Scalar.LONG), None),
            (MapOf(Scalar.STRING, Scalar.LONG), MapOf(Scalar.STRING, Scalar.STRING), None),
            (
                struct(a=Scalar.LONG, b=Scalar.INT),
                struct(c=Scalar.DATE, b=Scalar.LONG, a=Scalar.INT),
                struct(a=Scalar.LONG, b=Scalar.LONG, c=Scalar.DATE),
            ),
            (struct(a=Scalar.LONG), struct(a=Scalar.STRING), None),
            (
                ListOf(struct(a=ListOf(Scalar.INT))),
                ListOf(struct(a=ListOf(Scalar.LONG))),
                ListOf(struct(a=ListOf(Scalar.LONG))),
            ),
        ],
    )
    def test_every_level_is_widened_where_iceberg_allows_it(
        self, has: ColumnType, wanted: ColumnType, expected: ColumnType | None
    ) -> None:
        assert expected == widened(has, wanted)


class TestJoined:
    @given(kindred_types, kindred_types)
    def test_the_order_of_the_files_is_of_no_account(self, one: ColumnType, other: ColumnType) -> None:
        assert joined(one, other) == joined(other, one)

    @given(kindred_types | column_types, kindred_types | column_types)
    def test_what_can_be_widened_needs_one_column(self, one: ColumnType, other: ColumnType) -> None:
        assert (widened(one, other) is None and widened(other, one) is None) or joined(one, other)

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (Scalar.LONG, Scalar.DOUBLE, Scalar.DOUBLE),
            (Scalar.INT, Scalar.FLOAT, Scalar.DOUBLE),
            (Scalar.DATE, Scalar.TIMESTAMP, Scalar.TIMESTAMP),
            (Scalar.TIMESTAMP, Scalar.TIMESTAMPTZ, Scalar.TIMESTAMPTZ),
            (Scalar.LONG, Scalar.STRING, None),
            (Scalar.LONG, Scalar.BOOLEAN, None),
            (Decimal(9, 2), Decimal(9, 4), Decimal(11, 4)),
            (Decimal(38, 2), Decimal(9, 4), None),
            (Decimal(9, 2), Scalar.DOUBLE, None),
            (Fixed(4), Fixed(5), Scalar.BINARY),
            (ListOf(Scalar.LONG), ListOf(Scalar.DOUBLE), ListOf(Scalar.DOUBLE)),
            (ListOf(Scalar.LONG), ListOf(Scalar.STRING), None),
            (ListOf(Scalar.DATE), ListOf(Scalar.TIMESTAMP), ListOf(Scalar.TIMESTAMP)),
            (
                struct(a=Decimal(9, 2)),
                struct(a=Decimal(9, 4), b=Scalar.LONG),
                struct(a=Decimal(11, 4), b=Scalar.LONG),
            ),
        ],
    )
    def test_a_new_column_has_room_for_all_files(
        self, one: ColumnType, other: ColumnType, expected: ColumnType | None
    ) -> None:
        assert expected == joined(one, other)
