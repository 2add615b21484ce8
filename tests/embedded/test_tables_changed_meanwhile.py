"""Another engine changes a table after a load's files were staged and before they are committed: no value is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dlt
import pyarrow as pa
import pytest
from floe_core.plugins.ingestion import IngestionResult
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import BucketTransform
from pyiceberg.types import IntegerType, ListType, LongType, NestedField, StringType, StructType

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import TABLE, Platform
from tests.published import published_events

Change = Callable[[Table], None]

ADDRESS = StructType(
    NestedField(3, "Straße", StringType()),
    NestedField(4, "stops", ListType(5, StringType(), element_required=False)),
)
PEOPLE = Schema(NestedField(1, "id", IntegerType()), NestedField(2, "address", ADDRESS))
ANN = pa.table(
    {
        "id": pa.array([1], pa.int32()),
        "address": pa.array([{"Straße": "Å", "stops": ["a", None]}]),
    }
)


@contextmanager
def changed_while_staged(platform: Platform, change: Change) -> Iterator[None]:
    """The plugin of the platform, with *change* made to the table once the next load is staged."""
    done: list[str] = []

    def act(moment: Milestone, of: str) -> None:
        if moment is Milestone.STAGED and not done:
            done.append(of)
            change(platform.catalog.load_table(TABLE))

    before = platform.plugin
    platform.plugin = DltIngestionPlugin(telemetry=platform.telemetry, clock=platform.clock, milestones=act)
    folder = str(platform.folder / "pipelines")
    platform.plugin.configure(DltIngestionConfig(catalog_config=platform.settings, pipelines_dir=folder))
    platform.plugin.startup()
    yield
    assert done
    platform.plugin.shutdown()
    platform.plugin = before


def load(platform: Platform, rows: pa.Table, **options: Any) -> IngestionResult:
    """Load *rows*, which are gone once they are read."""
    data = dlt.resource(iter([rows]), name="orders")
    return platform.plugin.run(platform.pipeline(**options), source=data)


def after(platform: Platform, change: Change, rows: pa.Table, **options: Any) -> IngestionResult:
    with changed_while_staged(platform, change):
        return load(platform, rows, **options)


def orders(*ids: int | None, **more: Any) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), **more})


def renamed(old: str, new: str) -> Change:
    def act(table: Table) -> None:
        with table.update_schema() as changes:
            changes.rename_column(old, new)

    return act


def dropped(name: str) -> Change:
    def act(table: Table) -> None:
        with table.update_schema() as changes:
            changes.delete_column(name)

    return act


def required(name: str) -> Change:
    def act(table: Table) -> None:
        with table.update_schema(allow_incompatible_changes=True) as changes:
            changes.update_column(name, required=True)

    return act


@pytest.fixture
def people(platform: Platform) -> Platform:
    platform.catalog.create_namespace("bronze")
    platform.catalog.create_table(TABLE, PEOPLE)
    return platform


def test_rows_come_under_the_new_name_of_a_column(platform: Platform) -> None:
    load(platform, orders(1, name=["ann"]))
    result = after(platform, renamed("name", "Ünit.name 1"), orders(2, name=["bob"]))
    assert (True, 1) == (result.success, result.rows_loaded)
    assert [{"id": 1, "Ünit.name 1": "ann"}, {"id": 2, "Ünit.name 1": "bob"}] == platform.rows()


def test_bounds_of_a_renamed_column_are_those_of_its_values(platform: Platform) -> None:
    """By them readers leave files out."""
    load(platform, orders(1, size=[5]))
    after(platform, renamed("size", "length"), orders(2, size=[7]))
    assert [2] == platform.catalog.load_table(TABLE).scan("length > 5").to_arrow()["id"].to_pylist()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("address.Straße", "street", {"street": "Å", "stops": ["a", None]}),
        ("address.stops", "halts", {"Straße": "Å", "halts": ["a", None]}),
    ],
)
def test_nested_fields_come_under_their_new_names(
    people: Platform, old: str, new: str, expected: dict[str, Any]
) -> None:
    assert after(people, renamed(old, new), ANN).success
    assert [{"id": 1, "address": expected}] == people.rows()


def test_names_that_change_places_do_not_mix_values(platform: Platform) -> None:
    def swapped(table: Table) -> None:
        for old, new in (("one", "tmp"), ("two", "one"), ("tmp", "two")):
            renamed(old, new)(table)

    load(platform, orders(1, one=["1"], two=["2"]))
    assert after(platform, swapped, orders(2, one=["1"], two=["2"])).success
    assert [("2", "1"), ("2", "1")] == [(row["one"], row["two"]) for row in platform.rows()]


def test_a_dropped_column_comes_again_with_the_loads_values(platform: Platform) -> None:
    load(platform, orders(1, name=["ann"]))
    result = after(platform, dropped("name"), orders(2, name=["bob"]))
    assert (True, 1) == (result.success, result.rows_loaded)
    assert [{"id": 1, "name": None}, {"id": 2, "name": "bob"}] == platform.rows()


def test_a_frozen_table_refuses_the_values_of_a_dropped_column(platform: Platform) -> None:
    load(platform, orders(1, name=["ann"]))
    result = after(platform, dropped("name"), orders(2, name=["bob"]), schema_contract="freeze")
    assert not result.success
    assert "new column name (string)" in result.errors[0]
    assert [{"id": 1}] == platform.rows()


def test_values_of_a_dropped_column_are_counted_where_they_may_be_discarded(platform: Platform) -> None:
    load(platform, orders(1, name=["ann"]))
    result = after(
        platform, dropped("name"), orders(2, 3, name=["bob", None]), schema_contract="discard_value"
    )
    assert (True, 2) == (result.success, result.rows_loaded)
    assert [{"id": 1}, {"id": 2}, {"id": 3}] == platform.rows()
    assert [("name", "new column name (string)")] == [
        (event.attributes["column"], event.attributes["change"])
        for event in published_events(platform.telemetry)
        if event.name == "schema_change_discarded"
    ]


def test_a_nested_field_that_was_dropped_costs_no_value(people: Platform) -> None:
    assert after(people, dropped("address.stops"), ANN).success
    assert {"Straße": "Å", "stops": ["a", None]} in people.rows()[0].values()


def test_a_column_that_was_widened_has_the_loads_values(people: Platform) -> None:
    def widened(table: Table) -> None:
        with table.update_schema() as changes:
            changes.update_column("id", LongType())

    assert after(people, widened, ANN.select(["id"])).success
    (file,) = people.catalog.load_table(TABLE).scan(row_filter="id = 1").plan_files()
    assert 1 == file.file.record_count
    assert [1] == [row["id"] for row in people.rows()]


def test_a_column_that_became_required_is_filled(platform: Platform) -> None:
    load(platform, orders(1))
    assert after(platform, required("id"), orders(2)).success
    assert [{"id": 1}, {"id": 2}] == platform.rows()


def test_nulls_of_a_column_that_became_required_are_refused(platform: Platform) -> None:
    load(platform, orders(1, name=["ann"]))
    result = after(platform, required("name"), orders(2, name=pa.array([None], pa.string())))
    assert not result.success
    assert "name" in result.errors[0]
    assert [1] == [row["id"] for row in platform.rows()]


def test_a_column_that_the_load_lacks_and_that_became_required_is_refused(platform: Platform) -> None:
    load(platform, orders(1, name=["ann"]))
    result = after(platform, required("name"), orders(2))
    assert not result.success
    assert "requires name" in result.errors[0]


def test_a_table_that_was_partitioned_anew_gets_the_rows(platform: Platform) -> None:
    def partitioned(table: Table) -> None:
        with table.update_spec() as spec:
            spec.add_field("id", BucketTransform(4), "part")

    load(platform, orders(1))
    result = after(platform, partitioned, orders(2, 3))
    assert (True, 2) == (result.success, result.rows_loaded)
    assert [1, 2, 3] == [row["id"] for row in platform.rows()]


@pytest.mark.parametrize("source", ["id", "address.Straße"])
def test_rows_are_put_into_partitions_by_a_renamed_column(people: Platform, source: str) -> None:
    with people.catalog.load_table(TABLE).update_spec() as spec:
        spec.add_field(source, BucketTransform(4), "part")
    assert after(people, renamed(source, "renamed"), ANN).success
    name = source.replace("Straße", "renamed").replace("id", "renamed")
    value = "'Å'" if "." in name else "1"
    assert 1 == len(people.catalog.load_table(TABLE).scan(f"{name} = {value}").to_arrow())


@pytest.mark.parametrize("name", ["id", "gone", "at"])
def test_a_merge_by_a_column_that_was_renamed_says_what_to_do(platform: Platform, name: str) -> None:
    keys = {"primary_key": ["id"], "hard_delete": "gone", "dedup_sort": {"at": "desc"}}
    options = {"write_mode": "merge", "source_config": {**keys, "merge_strategy": "upsert"}}
    load(platform, orders(1, gone=[False], at=[1]), **options)
    result = after(platform, renamed(name, "other"), orders(2, gone=[False], at=[2]), **options)
    assert not result.success
    assert "[PERMANENT] MergeRefused" in result.errors[0]
    assert f"no column {name}" in result.errors[0]
    assert 1 == len(platform.rows())


def test_rows_of_a_renamed_cursor_come_with_it_and_no_more_until_it_has_its_name_again(
    platform: Platform,
) -> None:
    load(platform, orders(1, at=[1]), source_config={"cursor_field": "at"})
    result = after(
        platform, renamed("at", "changed"), orders(2, at=[2]), source_config={"cursor_field": "at"}
    )
    assert (True, 1) == (result.success, result.rows_loaded)
    assert [{"id": 1, "changed": 1}, {"id": 2, "changed": 2}] == platform.rows()
    (error,) = load(platform, orders(2, at=[2]), source_config={"cursor_field": "at"}).errors
    assert error.startswith("[CONFIGURATION] ")
    assert "bronze.orders has no column at any more" in error
    assert [{"id": 1, "changed": 1}, {"id": 2, "changed": 2}] == platform.rows()
    renamed("changed", "at")(platform.catalog.load_table("bronze.orders"))
    result = load(platform, orders(2, at=[2]), source_config={"cursor_field": "at"})
    assert (True, 0) == (result.success, result.rows_loaded)
