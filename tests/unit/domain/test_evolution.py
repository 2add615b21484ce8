from __future__ import annotations

from hypothesis import given

from floe_ingestion_dlt.domain.evolution import extended, growth
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.wider_types import widened
from tests.unit.domain.strategies import schemas

ORDERS = TableName(("bronze",), "orders")


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
