"""Columns come with the rows that need them: a load that is refused leaves a table as it was."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import dlt
import pyarrow as pa
import pytest
from floe_core.plugins.ingestion import IngestionResult
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType, UUIDType

from tests.embedded.test_tables_changed_meanwhile import after
from tests.platforms import TABLE, Platform
from tests.published import published_events

IDS = [uuid.UUID(int=number) for number in (7, 2**127 + 7)]
UUIDS = Schema(NestedField(1, "id", UUIDType(), required=True), NestedField(2, "v", LongType()))


def load(platform: Platform, rows: pa.Table, **options: Any) -> IngestionResult:
    data = dlt.resource(iter([rows]), name="orders")
    return platform.plugin.run(platform.pipeline(**options), source=data)


def made(platform: Platform, schema: Schema) -> Table:
    platform.catalog.create_namespace("bronze")
    return platform.catalog.create_table(TABLE, schema)


def schema_ids(platform: Platform) -> list[int]:
    return [schema.schema_id for schema in platform.catalog.load_table(TABLE).metadata.schemas]


def told(platform: Platform) -> list[Any]:
    return [
        e.attributes["change"] for e in published_events(platform.telemetry) if e.name == "schema_changed"
    ]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([str(one) for one in IDS]),
        pa.array([one.bytes for one in IDS], pa.binary(16)),
        pa.array([one.bytes for one in IDS], pa.binary()),
    ],
    ids=["text", "fixed", "binary"],
)
@pytest.mark.parametrize("contract", ["evolve", "freeze", "discard_value"])
def test_uuids_of_other_types_fill_a_column_of_uuids(platform: Platform, ids: Any, contract: str) -> None:
    made(platform, UUIDS)
    assert load(platform, pa.table({"id": ids, "v": [1, 2]}), schema_contract=contract).success
    assert {"id", "v"} == platform.columns()
    assert {(IDS[0], 1), (IDS[1], 2)} == {(row["id"], row["v"]) for row in platform.rows()}


@pytest.mark.parametrize(
    "ids", [pa.array([1, 2]), pa.array([str(IDS[0]), "no uuid"]), pa.array([b"a", b"b"])], ids=str
)
def test_a_load_that_a_required_column_refuses_adds_no_column(platform: Platform, ids: Any) -> None:
    made(platform, UUIDS)
    result = load(platform, pa.table({"id": ids, "v": [1, 2], "näw": [1, 2]}))
    assert not result.success
    assert "id" in result.errors[0]
    assert {"id", "v"} == platform.columns()
    assert [0] == schema_ids(platform)
    assert [] == told(platform)


def test_nulls_that_a_required_column_refuses_add_no_column(platform: Platform) -> None:
    made(platform, Schema(NestedField(1, "id", LongType(), required=True)))
    result = load(platform, pa.table({"id": pa.array([1, None], pa.int64()), "more": ["a", "b"]}))
    assert not result.success
    assert {"id"} == platform.columns()


def test_a_merge_that_is_refused_adds_no_column(platform: Platform) -> None:
    options = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
    load(platform, pa.table({"id": [1]}), **options)
    result = load(platform, pa.table({"id": pa.array([None], pa.int64()), "more": ["a"]}), **options)
    assert not result.success
    assert {"id"} == platform.columns()


def test_values_that_are_no_uuids_still_get_a_column_of_their_own(platform: Platform) -> None:
    made(platform, Schema(NestedField(1, "id", LongType()), NestedField(2, "u", UUIDType())))
    assert load(platform, pa.table({"id": [1, 2], "u": [str(IDS[0]), "?"]})).success
    assert [(None, str(IDS[0])), (None, "?")] == [(row["u"], row["u__v_text"]) for row in platform.rows()]


def test_columns_and_rows_appear_in_one_version_of_the_table(platform: Platform) -> None:
    load(platform, pa.table({"id": [1]}))
    before = len(platform.catalog.load_table(TABLE).metadata.metadata_log)
    assert load(platform, pa.table({"id": [2], "more": ["a"]})).success
    table = platform.catalog.load_table(TABLE)
    assert before + 1 == len(table.metadata.metadata_log)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    assert table.schema().schema_id == snapshot.schema_id
    assert "new column more (string)" in told(platform)


def added(name: str) -> Callable[[Table], None]:
    def act(table: Table) -> None:
        with table.update_schema() as changes:
            changes.add_column(name, StringType())

    return act


@pytest.mark.parametrize("theirs", ["more", "theirs"])
def test_another_writers_new_column_does_not_get_the_loads_values(platform: Platform, theirs: str) -> None:
    load(platform, pa.table({"id": [1]}))
    result = after(platform, added(theirs), pa.table({"id": [2], "more": ["a"], "last": ["b"]}))
    assert (True, 1) == (result.success, result.rows_loaded)
    assert {"id", "more", "last", theirs} == platform.columns()
    (row,) = (row for row in platform.rows() if row["id"] == 2)
    assert {"id": 2, "theirs": None, "more": "a", "last": "b"} == {"theirs": None, **row}


def test_nested_tables_grow_with_their_root(platform: Platform) -> None:
    platform.load([{"id": 1, "lines": [{"n": 1}]}])
    assert platform.load([{"id": 2, "town": "Łódź", "lines": [{"n": 2, "m": "b"}]}]).success
    assert [{"id": 1, "town": None}, {"id": 2, "town": "Łódź"}] == platform.rows()
    rows = platform.rows("n", "m", table="bronze.orders__lines")
    assert [{"n": 1, "m": None}, {"n": 2, "m": "b"}] == rows


def test_columns_of_a_load_without_rows_are_kept(platform: Platform) -> None:
    load(platform, pa.table({"id": [1]}))
    empty = pa.table({"id": pa.array([], pa.int64()), "more": pa.array([], pa.string())})
    assert load(platform, empty).success
    assert [{"id": 1}] == [{"id": row["id"]} for row in platform.rows()]


@pytest.mark.parametrize("bad", [{"id": None}, {"id": "one"}, {}], ids=str)
def test_a_load_that_a_required_column_refuses_makes_no_nested_table(
    platform: Platform, bad: dict[str, Any]
) -> None:
    made(platform, Schema(NestedField(1, "id", LongType(), required=True)))
    result = platform.load([{**bad, "lines": [{"n": 1}]}])
    assert not result.success
    assert "bronze.orders requires id, but the source" in result.errors[0]
    assert not platform.catalog.table_exists("bronze.orders__lines")
    assert {"id"} == platform.columns()
