from __future__ import annotations

import pytest
from hypothesis import given

from floe_ingestion_dlt.domain.contracts import (
    NewColumn,
    NewTable,
    OtherType,
    Projection,
    WiderType,
    project,
)
from floe_ingestion_dlt.domain.held_parts import unheld_fields
from floe_ingestion_dlt.domain.schema import Column, Scalar, StructOf, TableSchema, variant_name
from tests.unit.domain.strategies import schemas
from tests.unit.domain.test_contracts import TABLE, schema_of


class TestProject:
    @given(schemas, schemas)
    def test_every_column_is_either_kept_or_discarded_in_the_files_order(
        self, file: TableSchema, table: TableSchema
    ) -> None:
        projection = project(file, table)
        kept = [name for name, _ in projection.kept]
        order = [column.name for column in file.columns]
        assert sorted(order) == sorted([*kept, *projection.discarded])
        assert [name for name in order if name in kept] == kept
        assert [name for name in order if name not in kept] == list(projection.discarded)

    @given(schemas, schemas)
    def test_no_two_columns_go_to_one_place(self, file: TableSchema, table: TableSchema) -> None:
        places = [place for _, place in project(file, table).kept]
        assert len(places) == len(set(places))

    @given(schemas, schemas)
    def test_every_place_holds_what_goes_there_without_the_fields_that_are_discarded(
        self, file: TableSchema, table: TableSchema
    ) -> None:
        projection = project(file, table)
        for name, place in projection.kept:
            sent, has = file.type_of(name), table.type_of(place)
            assert sent is not None
            assert has is not None
            unheld = tuple(path[1:] for path in projection.fields if path[0] == name)
            assert unheld == unheld_fields(has, sent)

    def test_a_variant_that_holds_the_whole_value_is_preferred_to_a_part_of_it(self) -> None:
        part, whole = StructOf((Column("x", Scalar.LONG),)), StructOf((Column("x", Scalar.STRING),))
        table = schema_of(a=part, a__v_json=whole)
        assert Projection((("a", "a__v_json"),), ()) == project(schema_of(a=whole), table)

    @given(schemas, schemas)
    def test_a_place_is_the_columns_own_name_or_a_variant_of_it(
        self, file: TableSchema, table: TableSchema
    ) -> None:
        kinds = {column.name: column for column in file.columns}
        for name, place in project(file, table).kept:
            assert place == name or place.startswith(variant_name(kinds[name]))

    @given(schemas)
    def test_a_file_lies_on_its_own_schema_column_by_column(self, schema: TableSchema) -> None:
        assert tuple((c.name, c.name) for c in schema.columns) == project(schema, schema).kept

    def test_a_variant_that_is_used_for_something_else_is_numbered(self) -> None:
        table = schema_of(a=Scalar.LONG, a__v_text=Scalar.DATE, a__v_text_2=Scalar.STRING)
        assert (("a", "a__v_text_2"),) == project(schema_of(a=Scalar.STRING), table).kept

    def test_a_variants_name_that_the_file_uses_itself_is_left_to_it(self) -> None:
        table = schema_of(a=Scalar.LONG, a__v_text=Scalar.STRING)
        file = schema_of(a=Scalar.STRING, a__v_text=Scalar.STRING)
        assert (("a__v_text", "a__v_text"),) == project(file, table).kept


class TestText:
    @pytest.mark.parametrize(
        ("expected", "change"),
        [
            ("new table bronze.orders", NewTable(TABLE, schema_of())),
            ("new column a (long)", NewColumn(Column("a", Scalar.LONG))),
            ("column a widens from int to long", WiderType(Column("a", Scalar.LONG), Scalar.INT)),
            (
                "column a is long but the source sends string",
                OtherType(Column("a", Scalar.STRING), Scalar.LONG),
            ),
        ],
    )
    def test_a_change_says_what_changes(
        self, expected: str, change: NewTable | NewColumn | WiderType | OtherType
    ) -> None:
        assert expected == str(change)
