from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.contracts import (
    NewColumn,
    NewTable,
    OtherType,
    SchemaContract,
    Verdict,
    WiderType,
    judge,
    project,
    schema_change_of,
)
from floe_ingestion_dlt.domain.faults import ContractViolated, Invalid, SchemaChange
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, ColumnType, Scalar, TableSchema, roomy
from floe_ingestion_dlt.domain.wider_types import holds
from tests.unit.domain.strategies import contracts, incoming_schemas, schemas, tables

TABLE = TableName(("bronze",), "orders")


def schema_of(**types: ColumnType) -> TableSchema:
    return TableSchema(tuple(Column(name, kind) for name, kind in types.items()))


def evolved(existing: TableSchema | None, *incoming: TableSchema) -> Verdict:
    return judge(SchemaContract.EVOLVE, TABLE, existing, incoming).unwrap()


def schema_after(existing: TableSchema | None, *incoming: TableSchema) -> TableSchema:
    schema = evolved(existing, *incoming).schema
    assert schema is not None
    return schema


def discarding(existing: TableSchema, *incoming: TableSchema) -> Verdict:
    judged = judge(SchemaContract.DISCARD_VALUE, TABLE, existing, incoming)
    return judged.unwrap()


class TestSchemaContract:
    @given(contracts)
    def test_a_name_survives_writing_and_reading(self, contract: SchemaContract) -> None:
        assert Success(contract) == SchemaContract.parse(contract.value)

    @given(st.text().filter(lambda text: text not in {"evolve", "freeze", "discard_value"}))
    def test_any_other_text_is_refused(self, text: str) -> None:
        wanted = "one of evolve, freeze, discard_value"
        assert Failure(Invalid("schema_contract", text, wanted)) == SchemaContract.parse(text)


class TestEvolve:
    @given(schemas | st.none(), incoming_schemas)
    def test_it_never_says_no(self, existing: TableSchema | None, incoming: tuple[TableSchema, ...]) -> None:
        judged = judge(SchemaContract.EVOLVE, TABLE, existing, incoming)
        assert isinstance(judged, Success)
        assert () == judged.unwrap().discarded

    @given(schemas, incoming_schemas)
    def test_every_column_stays_in_its_place_with_a_type_that_holds_what_it_held(
        self, existing: TableSchema, incoming: tuple[TableSchema, ...]
    ) -> None:
        after = schema_after(existing, *incoming)
        for before, now in zip(existing.columns, after.columns, strict=False):
            assert before.name == now.name
            assert holds(now.type, before.type)
        assert len(existing.columns) <= len(after.columns)

    @given(schemas | st.none(), incoming_schemas)
    def test_no_name_stands_twice(
        self, existing: TableSchema | None, incoming: tuple[TableSchema, ...]
    ) -> None:
        names = [column.name for column in schema_after(existing, *incoming).columns]
        assert len(names) == len(set(names))

    @given(schemas | st.none(), incoming_schemas)
    def test_every_file_finds_a_place_for_every_column(
        self, existing: TableSchema | None, incoming: tuple[TableSchema, ...]
    ) -> None:
        after = schema_after(existing, *incoming)
        for file in incoming:
            projection = project(file, after)
            assert () == projection.discarded
            assert [column.name for column in file.columns] == [name for name, _ in projection.kept]

    @given(schemas | st.none(), incoming_schemas)
    def test_judging_again_finds_nothing_to_change(
        self, existing: TableSchema | None, incoming: tuple[TableSchema, ...]
    ) -> None:
        after = schema_after(existing, *incoming)
        assert Verdict(after) == evolved(after, *incoming)

    @given(schemas | st.none(), incoming_schemas, st.randoms())
    def test_new_columns_do_not_depend_on_the_order_of_files(
        self, existing: TableSchema | None, incoming: tuple[TableSchema, ...], random: Random
    ) -> None:
        known = existing.types() if existing else {}
        sent = {column.name for file in incoming for column in file.columns} - set(known)
        shuffled = random.sample(incoming, len(incoming))
        one, other = schema_after(existing, *incoming), schema_after(existing, *shuffled)
        assert {name: one.type_of(name) for name in sent} == {name: other.type_of(name) for name in sent}

    @given(schemas, incoming_schemas)
    def test_there_are_changes_exactly_when_the_schema_differs(
        self, existing: TableSchema, incoming: tuple[TableSchema, ...]
    ) -> None:
        verdict = evolved(existing, *incoming)
        assert (existing != verdict.schema) == bool(verdict.changes)

    @given(schemas)
    def test_a_table_is_made_of_its_first_file_with_room_to_grow(self, file: TableSchema) -> None:
        made = TableSchema(tuple(Column(c.name, roomy(c.type)) for c in file.columns))
        assert Verdict(made, (NewTable(TABLE, made),)) == evolved(None, file)

    @given(schemas, incoming_schemas)
    def test_every_change_names_a_column_of_the_source(
        self, existing: TableSchema, incoming: tuple[TableSchema, ...]
    ) -> None:
        sent = {column.name for file in incoming for column in file.columns}
        for change in evolved(existing, *incoming).changes:
            assert not isinstance(change, NewTable)
            assert change.column.name in sent

    def test_a_new_column_goes_to_the_end(self) -> None:
        existing, file = schema_of(a=Scalar.LONG), schema_of(b=Scalar.INT, a=Scalar.LONG)
        after = schema_of(a=Scalar.LONG, b=Scalar.LONG)
        assert Verdict(after, (NewColumn(Column("b", Scalar.LONG)),)) == evolved(existing, file)

    def test_a_wider_type_widens_the_column(self) -> None:
        existing, file = schema_of(a=Scalar.INT), schema_of(a=Scalar.LONG)
        change = WiderType(Column("a", Scalar.LONG), Scalar.INT)
        assert Verdict(file, (change,)) == evolved(existing, file)

    def test_another_type_gets_a_column_of_its_own(self) -> None:
        existing, file = schema_of(a=Scalar.LONG), schema_of(a=Scalar.STRING)
        after = schema_of(a=Scalar.LONG, a__v_text=Scalar.STRING)
        change = OtherType(Column("a", Scalar.STRING), Scalar.LONG)
        assert Verdict(after, (change,)) == evolved(existing, file)

    def test_a_change_that_two_files_ask_for_is_told_once(self) -> None:
        file = schema_of(a=Scalar.STRING)
        assert 1 == len(evolved(schema_of(), file, file).changes)


class TestFreeze:
    @given(schemas | st.none(), incoming_schemas)
    def test_it_says_no_exactly_when_evolving_would_change_something(
        self, existing: TableSchema | None, incoming: tuple[TableSchema, ...]
    ) -> None:
        changes = evolved(existing, *incoming).changes
        judged = judge(SchemaContract.FREEZE, TABLE, existing, incoming)
        if changes:
            violated = ContractViolated("bronze.orders", tuple(map(schema_change_of, changes)))
            assert Failure(violated) == judged
        else:
            assert Success(Verdict(existing)) == judged


class TestDiscardValue:
    @given(schemas, incoming_schemas)
    def test_the_table_stays_as_it_is(self, existing: TableSchema, incoming: tuple[TableSchema, ...]) -> None:
        verdict = discarding(existing, *incoming)
        assert (existing, ()) == (verdict.schema, verdict.changes)

    @given(schemas, incoming_schemas)
    def test_what_is_told_as_left_out_is_what_finds_no_place(
        self, existing: TableSchema, incoming: tuple[TableSchema, ...]
    ) -> None:
        told = {
            c.column.name for c in discarding(existing, *incoming).discarded if not isinstance(c, NewTable)
        }
        assert {name for file in incoming for name in project(file, existing).columns_with_discards} == told

    @given(schemas, schemas)
    def test_a_column_left_out_is_one_for_which_evolving_would_change_the_table(
        self, existing: TableSchema, file: TableSchema
    ) -> None:
        changed = {c.column.name for c in evolved(existing, file).changes if not isinstance(c, NewTable)}
        assert project(file, existing).columns_with_discards <= changed

    @given(schemas, schemas)
    def test_a_column_kept_where_evolving_would_widen_another_goes_to_a_variant(
        self, existing: TableSchema, file: TableSchema
    ) -> None:
        changed = {c.column.name for c in evolved(existing, file).changes if not isinstance(c, NewTable)}
        projection = project(file, existing)
        for name, place in projection.kept:
            assert name not in changed or place != name or name in projection.columns_with_discards

    @given(schemas, incoming_schemas)
    def test_nothing_is_left_out_of_a_table_that_evolving_would_leave_alone(
        self, existing: TableSchema, incoming: tuple[TableSchema, ...]
    ) -> None:
        if not evolved(existing, *incoming).changes:
            assert Verdict(existing) == discarding(existing, *incoming)

    def test_a_file_finds_no_place_that_only_another_file_would_make(self) -> None:
        existing = schema_of(a=Scalar.LONG)
        text = Column("a", Scalar.STRING)
        verdict = discarding(existing, schema_of(a__v_text=Scalar.STRING), TableSchema((text,)))
        left_out = (NewColumn(Column("a__v_text", Scalar.STRING)), OtherType(text, Scalar.LONG))
        assert Verdict(existing, discarded=left_out) == verdict

    def test_a_wider_type_is_left_out(self) -> None:
        existing, wide = schema_of(a=Scalar.INT), Column("a", Scalar.LONG)
        verdict = discarding(existing, TableSchema((wide,)))
        assert Verdict(existing, discarded=(WiderType(wide, Scalar.INT),)) == verdict

    def test_a_wider_type_is_kept_in_a_variant_that_is_there_already(self) -> None:
        existing, file = schema_of(a=Scalar.INT, a__v_bigint=Scalar.LONG), schema_of(a=Scalar.LONG)
        assert (("a", "a__v_bigint"),) == project(file, existing).kept
        assert Verdict(existing) == discarding(existing, file)


class TestTableThatIsNotThere:
    @given(contracts, schemas | st.none(), incoming_schemas)
    def test_it_evolves_under_every_contract_while_it_is_created(
        self, contract: SchemaContract, existing: TableSchema | None, incoming: tuple[TableSchema, ...]
    ) -> None:
        judged = judge(contract.of_table(being_created=True), TABLE, existing, incoming)
        assert Success(evolved(existing, *incoming)) == judged

    @given(tables, incoming_schemas)
    def test_a_nested_table_that_an_older_root_did_not_have_is_a_change(
        self, table: TableName, incoming: tuple[TableSchema, ...]
    ) -> None:
        new = NewTable(table, schema_after(None, *incoming))
        judged = {c: judge(c, table, None, incoming) for c in SchemaContract}
        assert {
            SchemaContract.EVOLVE: Success(Verdict(new.columns, (new,))),
            SchemaContract.FREEZE: Failure(
                ContractViolated(str(table), (SchemaChange(f"new table {table}", "*", "table"),))
            ),
            SchemaContract.DISCARD_VALUE: Success(Verdict(None, discarded=(new,))),
        } == judged
