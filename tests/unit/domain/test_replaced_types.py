"""Columns of which no row is kept follow the types of the source."""

from __future__ import annotations

from hypothesis import given
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.contracts import OtherType, ReplacedType, SchemaContract, judge, project
from floe_ingestion_dlt.domain.evolution import extended, growth
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema, is_variant
from floe_ingestion_dlt.domain.wider_types import holds
from tests.unit.domain.strategies import incoming_schemas, schemas

TABLE = TableName(("bronze",), "orders")
NUMBERS = TableSchema((Column("id", Scalar.LONG), Column("v", Scalar.LONG)))
TEXTS = TableSchema((Column("v", Scalar.STRING),))


def replaced(existing: TableSchema, *incoming: TableSchema) -> TableSchema:
    """The schema after a load that replaces all rows."""
    judged = judge(SchemaContract.EVOLVE, TABLE, existing, incoming, existing.types())
    schema = judged.unwrap().schema
    assert schema is not None
    return schema


def variants(existing: TableSchema, sent: set[str]) -> set[str]:
    """The columns that may get values which a column that was sent cannot hold."""
    return {name for name in existing.types() for column in sent if is_variant(name, column)}


@given(schemas, schemas)
def test_every_column_of_one_file_has_its_own_name_in_the_table(
    existing: TableSchema, file: TableSchema
) -> None:
    after = replaced(existing, file)
    assert [(column.name, column.name) for column in file.columns] == list(project(file, after).kept)


@given(schemas, incoming_schemas)
def test_columns_stay_in_their_places_and_those_that_are_not_sent_keep_their_types(
    existing: TableSchema, incoming: tuple[TableSchema, ...]
) -> None:
    after = replaced(existing, *incoming)
    sent = {column.name for file in incoming for column in file.columns}
    assert list(existing.types()) == list(after.types())[: len(existing.columns)]
    kept = existing.without({*sent, *variants(existing, sent)}).types()
    assert kept == {name: after.type_of(name) for name in kept}


@given(schemas, incoming_schemas)
def test_a_type_that_holds_all_values_is_kept(
    existing: TableSchema, incoming: tuple[TableSchema, ...]
) -> None:
    after = replaced(existing, *incoming)
    sent = {column.name for file in incoming for column in file.columns}
    for column in existing.without(variants(existing, sent)).columns:
        kinds = [kind for file in incoming if (kind := file.type_of(column.name)) is not None]
        if all(holds(column.type, kind) for kind in kinds):
            assert column.type == after.type_of(column.name)


@given(schemas, incoming_schemas)
def test_the_table_becomes_what_was_judged_in_one_commit(
    existing: TableSchema, incoming: tuple[TableSchema, ...]
) -> None:
    after = replaced(existing, *incoming)
    assert Success(after) == extended(TABLE, existing, growth(existing, after), existing.types())


def test_a_column_that_must_stay_gets_a_variant() -> None:
    judged = judge(SchemaContract.EVOLVE, TABLE, NUMBERS, (TEXTS,), ["id"]).unwrap()
    assert judged.schema == TableSchema((*NUMBERS.columns, Column("v__v_text", Scalar.STRING)))


def test_the_change_names_both_types() -> None:
    judged = judge(SchemaContract.EVOLVE, TABLE, NUMBERS, (TEXTS,), ["v"]).unwrap()
    assert (ReplacedType(Column("v", Scalar.STRING), Scalar.LONG),) == judged.changes
    assert "column v changes from long to string, as all rows are replaced" == str(judged.changes[0])


def test_freeze_refuses_the_change_also_where_no_row_is_kept() -> None:
    assert isinstance(judge(SchemaContract.FREEZE, TABLE, NUMBERS, (TEXTS,), ["v"]), Failure)


def test_discard_value_keeps_the_type() -> None:
    judged = judge(SchemaContract.DISCARD_VALUE, TABLE, NUMBERS, (TEXTS,), ["v"]).unwrap()
    assert NUMBERS == judged.schema
    assert (OtherType(TEXTS.columns[0], Scalar.LONG),) == judged.discarded


def test_a_table_that_was_changed_meanwhile_is_extended_only_where_types_may_change() -> None:
    assert isinstance(extended(TABLE, NUMBERS, TEXTS), Failure)
    assert Success(TableSchema((NUMBERS.columns[0], *TEXTS.columns))) == extended(
        TABLE, NUMBERS, TEXTS, ["v"]
    )
