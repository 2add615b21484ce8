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
    roomy,
    variant_name,
)
from floe_ingestion_dlt.domain.wider_types import holds
from tests.unit.domain.strategies import column_names, column_types, columns, schemas

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
