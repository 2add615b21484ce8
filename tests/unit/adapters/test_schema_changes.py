"""Tables grow as the rule says, at every level, and whoever came first."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.schema import Schema, index_by_id

from floe_ingestion_dlt.adapters.iceberg.schema_changes import grown
from floe_ingestion_dlt.adapters.iceberg.tables import evolve, load, state_of
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg, schema_to_iceberg
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, ColumnType, ListOf, MapOf, Scalar, StructOf, TableSchema

ORDERS = TableName(("bronze",), "orders")
NAMES = ("a", "Größe", "value", "element")


@st.composite
def related(draw: st.DrawFn, depth: int = 3, names: tuple[str, ...] = NAMES) -> tuple[ColumnType, ColumnType]:
    """Two types of the same build, each of which may be wider than the other in some place."""
    build = draw(st.sampled_from(["list", "map", "struct", "plain"] if depth else ["plain"]))
    if build == "plain":
        numbers = st.sampled_from([Scalar.INT, Scalar.LONG])
        return draw(numbers), draw(numbers)
    if build == "struct":
        fields = {
            name: draw(related(depth - 1, names))
            for name in draw(st.sets(st.sampled_from(names), min_size=1))
        }
        some = draw(st.sets(st.sampled_from(sorted(fields)), min_size=1))
        one = StructOf(tuple(Column(name, fields[name][0]) for name in fields if name in some))
        return one, StructOf(tuple(Column(name, fields[name][1]) for name in fields))
    left, right = draw(related(depth - 1, names))
    if build == "list":
        return ListOf(left), ListOf(right)
    return MapOf(Scalar.STRING, left), MapOf(Scalar.STRING, right)


def ids_of(schema: Schema) -> set[int]:
    return set(index_by_id(schema))


def struct(**fields: ColumnType) -> StructOf:
    return StructOf(tuple(Column(name, kind) for name, kind in fields.items()))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(related())
# By names, pyiceberg takes `x.value.a` for the field within the field that is called value, too.
@example(
    (
        MapOf(Scalar.STRING, struct(value=struct(a=Scalar.INT))),
        MapOf(Scalar.STRING, struct(value=struct(a=Scalar.INT), a=Scalar.LONG)),
    )
)
def test_a_table_gets_the_schema_that_the_rule_says(
    tmp_path: Path, types: tuple[ColumnType, ColumnType]
) -> None:
    first, second = (TableSchema((Column("x", kind),)) for kind in types)
    wider = extended(ORDERS, first, second)
    catalog = InMemoryCatalog("floe", warehouse=tmp_path.as_uri())
    evolve(catalog, ORDERS, first).unwrap()
    before = load(catalog, ORDERS).schema()
    evolve(catalog, ORDERS, second).unwrap()
    table = load(catalog, ORDERS)
    assert wider.unwrap() == state_of(table, ORDERS).schema
    # What was there keeps its ids, by which readers find it in older files.
    assert {before.find_column_name(field_id) for field_id in ids_of(before)} == {
        table.schema().find_column_name(field_id) for field_id in ids_of(before)
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(related(names=("a", "b", "Größe")))
def test_it_is_the_schema_of_pyicebergs_union_by_name_where_names_are_unambiguous(
    tmp_path: Path, types: tuple[ColumnType, ColumnType]
) -> None:
    first, second = (TableSchema((Column("x", kind),)) for kind in types)
    wider = extended(ORDERS, first, second).unwrap()
    catalog = InMemoryCatalog("floe", warehouse=tmp_path.as_uri())
    evolve(catalog, ORDERS, first).unwrap()
    table = load(catalog, ORDERS)
    ours = grown(table.metadata, wider)
    with table.transaction() as transaction, transaction.update_schema() as update:
        update.union_by_name(schema_to_iceberg(wider))
    theirs = table.schema()
    assert schema_from_iceberg(theirs) == schema_from_iceberg(ours)
    assert {theirs.find_column_name(known) for known in ids_of(theirs)} == {
        ours.find_column_name(known) for known in ids_of(ours)
    }
