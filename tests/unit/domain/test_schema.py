from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
    TableSchema,
    holds,
    roomy,
    variant_name,
)
from tests.unit.domain.strategies import column_names, column_types, columns, kindred_types, schemas

NESTED = StructOf((Column("x", ListOf(Scalar.INT)), Column("y", MapOf(Scalar.STRING, Decimal(9, 2)))))


class TestColumnType:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (Scalar.TIMESTAMPTZ, "timestamptz"),
            (Fixed(16), "fixed[16]"),
            (NESTED, "struct<x: list<int>, y: map<string, decimal(9, 2)>>"),
        ],
    )
    def test_is_written_as_iceberg_writes_it(self, kind: ColumnType, expected: str) -> None:
        assert expected == str(kind)


class TestHolds:
    @given(column_types)
    def test_every_type_holds_its_own_values(self, kind: ColumnType) -> None:
        assert holds(kind, kind)

    @given(kindred_types, kindred_types)
    def test_two_types_that_hold_each_other_are_one(self, one: ColumnType, other: ColumnType) -> None:
        assert (one == other) is (holds(one, other) and holds(other, one))

    @given(kindred_types, kindred_types, kindred_types)
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
            (Scalar.DOUBLE, Scalar.INT, False),
            (Decimal(9, 2), Decimal(5, 2), True),
            (Decimal(5, 2), Decimal(9, 2), False),
            (Decimal(9, 3), Decimal(5, 2), False),
            (Scalar.TIMESTAMPTZ, Scalar.TIMESTAMP, False),
            (Scalar.TIMESTAMP, Scalar.DATE, False),
            (Scalar.BINARY, Fixed(4), False),
            (ListOf(Scalar.LONG), ListOf(Scalar.INT), False),
        ],
    )
    def test_follows_icebergs_promotions(self, table: ColumnType, value: ColumnType, expected: bool) -> None:  # noqa: FBT001 - an expected value
        assert expected is holds(table, value)


class TestRoomy:
    @given(column_types)
    def test_type_holds_the_values_it_is_made_for(self, kind: ColumnType) -> None:
        assert holds(roomy(kind), kind)

    def test_whole_numbers_are_long_from_the_start(self) -> None:
        assert Scalar.LONG is roomy(Scalar.INT)


class TestVariantName:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            (Scalar.STRING, "age__v_text"),
            (Scalar.INT, "age__v_bigint"),
            (Decimal(9, 2), "age__v_decimal"),
            (Fixed(4), "age__v_binary"),
            (ListOf(Scalar.INT), "age__v_json"),
            (MapOf(Scalar.STRING, Scalar.INT), "age__v_json"),
            (NESTED, "age__v_json"),
        ],
    )
    def test_is_the_one_that_dlt_gives(self, kind: ColumnType, expected: str) -> None:
        assert expected == variant_name(Column("age", kind))

    @given(columns)
    def test_is_never_the_columns_own(self, column: Column) -> None:
        assert variant_name(column).startswith(f"{column.name}__v_")


class TestTableSchema:
    @given(schemas, st.sets(column_names))
    def test_only_has_the_columns_that_were_asked_for(self, schema: TableSchema, names: set[str]) -> None:
        assert [c for c in schema.columns if c.name in names] == list(schema.only(names).columns)

    @given(schemas, columns)
    def test_has_a_column_that_was_put_in(self, schema: TableSchema, column: Column) -> None:
        assert column.type == schema.with_column(column).type_of(column.name)

    @given(schemas, columns)
    def test_keeps_all_others_in_their_order(self, schema: TableSchema, column: Column) -> None:
        extended = schema.with_column(column)
        assert [c for c in schema.columns if c.name != column.name] == [
            c for c in extended.columns if c.name != column.name
        ]

    @given(schemas, columns)
    def test_has_each_name_once(self, schema: TableSchema, column: Column) -> None:
        names = [c.name for c in schema.with_column(column).columns]
        assert sorted(set(names)) == sorted(names)

    @given(schemas)
    def test_has_no_type_for_a_column_it_lacks(self, schema: TableSchema) -> None:
        assert schema.type_of("nowhere") is None
