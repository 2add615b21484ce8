from __future__ import annotations

import pytest
from hypothesis import given

from floe_ingestion_dlt.domain.evolution import extended, growth, widened
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
    TableSchema,
    holds,
)
from tests.unit.domain.strategies import column_types, kindred_types, schemas

ORDERS = TableName(("bronze",), "orders")


def struct(**fields: ColumnType) -> StructOf:
    return StructOf(tuple(Column(name, kind) for name, kind in fields.items()))


class TestWidened:
    @given(kindred_types | column_types, kindred_types | column_types)
    def test_a_type_is_never_narrowed(self, has: ColumnType, wanted: ColumnType) -> None:
        grown = widened(has, wanted)
        assert grown is None or widened(grown, has) == widened(grown, wanted) == grown

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
            (Scalar.STRING, Scalar.LONG, None),
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


class TestExtended:
    @given(schemas, schemas)
    def test_a_column_is_never_lost_or_narrowed(self, has: TableSchema, wanted: TableSchema) -> None:
        grown = extended(ORDERS, has, wanted).value_or(has)
        assert [c.name for c in has.columns] == [c.name for c in grown.columns][: len(has.columns)]
        for column in has.columns:
            now = grown.type_of(column.name)
            assert now is not None
            assert now == widened(now, column.type)

    @given(schemas, schemas)
    def test_extending_again_changes_nothing(self, has: TableSchema, wanted: TableSchema) -> None:
        grown = extended(ORDERS, has, wanted)
        assert grown == grown.bind(lambda schema: extended(ORDERS, schema, wanted))

    def test_a_column_that_cannot_hold_the_values_any_more_is_looked_at_anew(self) -> None:
        """The rule that judged the load did so before another writer made the column."""
        has = TableSchema((Column("Größe", Scalar.STRING),))
        fault = extended(ORDERS, has, TableSchema((Column("Größe", Scalar.LONG),))).failure()
        assert Category.TRANSIENT is fault.category
        assert "Größe of type string" in fault.message


class TestGrowth:
    @given(schemas, schemas)
    def test_what_a_table_grows_by_makes_it_what_was_wanted(
        self, has: TableSchema, wanted: TableSchema
    ) -> None:
        grown = extended(ORDERS, has, wanted).value_or(has)
        assert grown == extended(ORDERS, has, growth(has, grown)).unwrap()

    @given(schemas)
    def test_a_table_that_has_all_columns_does_not_grow(self, has: TableSchema) -> None:
        assert TableSchema(()) == growth(has, has)
