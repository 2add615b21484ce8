"""A table that cannot be written is refused before the source is read, and the error names the call that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import dlt
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionResult
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.manifest import FileFormat
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType
from sqlalchemy.orm import Session

from floe_ingestion_dlt.errors import DestinationWriteError
from tests.embedded.foreign_files import (
    add_data_file,
    add_equality_delete,
    edit_metadata,
    upgrade_to_version_3,
)
from tests.platforms import TABLE, Platform, Row

SCHEMA = Schema(NestedField(1, "id", LongType()), NestedField(2, "name", StringType()))
MERGE: dict[str, Any] = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
MODES: list[dict[str, Any]] = [{"write_mode": "append"}, {"write_mode": "replace"}, MERGE]


def created(platform: Platform, version: int = 2) -> Table:
    platform.catalog.create_namespace("bronze")
    return platform.catalog.create_table(TABLE, SCHEMA, properties={"format-version": str(version)})


def avro(table: Table) -> None:
    add_data_file(table, FileFormat.AVRO)


def orc(table: Table) -> None:
    add_data_file(table, FileFormat.ORC)


def ids_in_files_of_ours(platform: Platform) -> set[int]:
    """The rows that were loaded, whatever else the table has."""
    paths = map(str, platform.catalog.load_table(TABLE).inspect.data_files()["file_path"].to_pylist())
    files = (path.removeprefix("file://") for path in paths if "floe-" in path)
    return {row["id"] for path in files for row in pq.read_table(path, columns=["id"]).to_pylist()}


@pytest.mark.parametrize("options", MODES)
def test_version_1_is_refused_with_the_call_that_upgrades_it(
    platform: Platform, options: dict[str, Any]
) -> None:
    table = created(platform, 1)
    with pytest.raises(DestinationWriteError, match=r"'format-version' = '2'"):
        platform.pipeline(**options)
    with table.transaction() as transaction:
        transaction.upgrade_table_version(2)
    assert platform.load([{"id": 1}], **options).success
    assert [{"id": 1, "name": None}] == platform.rows()


def test_version_3_is_refused_with_what_can_be_done(platform: Platform) -> None:
    edit_metadata(created(platform), upgrade_to_version_3)
    with pytest.raises(DestinationWriteError, match="format version 3, which pyiceberg cannot write yet"):
        platform.pipeline()


def test_a_type_of_version_3_does_not_hide_what_is_the_matter(platform: Platform) -> None:
    def change(metadata: dict[str, Any]) -> None:
        upgrade_to_version_3(metadata)
        metadata["schemas"][0]["fields"][0]["type"] = "timestamptz_ns"

    edit_metadata(created(platform), change)
    with pytest.raises(DestinationWriteError, match="format version 3"):
        platform.pipeline()


def test_nothing_is_read_for_a_table_that_changed_since_the_pipeline_was_made(platform: Platform) -> None:
    asked: list[int] = []

    def rows() -> Iterator[Row]:
        asked.append(1)
        yield {"id": 1}

    table = created(platform)
    pipeline = platform.pipeline()
    edit_metadata(table, upgrade_to_version_3)
    result = platform.plugin.run(pipeline, source=dlt.resource(rows, name="orders"))
    assert not result.success
    assert "[PERMANENT]" in result.errors[0]
    assert "format version 3" in result.errors[0]
    assert [] == asked


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda table: edit_metadata(table, upgrade_to_version_3), "has format version 3"),
        (add_equality_delete, "has equality deletes"),
    ],
)
def test_nothing_is_read_where_a_nested_table_cannot_be_written(
    platform: Platform, change: Callable[[Table], None], why: str
) -> None:
    asked: list[int] = []

    def rows() -> Iterator[Row]:
        asked.append(1)
        yield {"id": 1, "lines": [{"n": 1}]}

    def run() -> IngestionResult:
        return platform.plugin.run(platform.pipeline(**MERGE), source=dlt.resource(rows, name="orders"))

    assert run().success
    change(platform.catalog.load_table("bronze.orders__lines"))
    result = run()
    assert not result.success
    assert f"bronze.orders__lines {why}" in result.errors[0]
    assert [1] == asked


@pytest.mark.parametrize(
    ("make", "kind"), [(avro, "Avro files"), (orc, "ORC files"), (add_equality_delete, "equality deletes")]
)
class TestFilesThatCannotBeRead:
    def test_a_merge_is_refused_with_the_call_that_rewrites_them(
        self, platform: Platform, make: Callable[[Table], None], kind: str
    ) -> None:
        make(created(platform))
        with pytest.raises(DestinationWriteError, match=f"has {kind}.*rewrite_data_files"):
            platform.pipeline(**MERGE)

    def test_an_append_adds_its_rows(
        self, platform: Platform, make: Callable[[Table], None], kind: str
    ) -> None:
        make(created(platform))
        assert platform.load([{"id": 1}], write_mode="append").success
        assert {1} == ids_in_files_of_ours(platform), kind

    def test_a_replace_takes_their_place(
        self, platform: Platform, make: Callable[[Table], None], kind: str
    ) -> None:
        make(created(platform))
        platform.load([{"id": 1}], write_mode="append")
        assert platform.load([{"id": 2}], write_mode="replace").success
        assert [{"id": 2, "name": None}] == platform.rows(), kind
        snapshot = platform.catalog.load_table(TABLE).current_snapshot()
        assert snapshot is not None
        assert snapshot.summary is not None
        assert ("1", "0") == (snapshot.summary["total-data-files"], snapshot.summary["total-delete-files"])

    def test_a_merge_can_follow_a_replace(
        self, platform: Platform, make: Callable[[Table], None], kind: str
    ) -> None:
        make(created(platform))
        platform.load([{"id": 1, "name": "ann"}], write_mode="replace")
        assert platform.load([{"id": 1, "name": "bob"}], **MERGE).success, kind
        assert [{"id": 1, "name": "bob"}] == platform.rows()

    def test_a_merge_that_was_made_before_they_came_is_refused_before_it_reads(
        self, platform: Platform, make: Callable[[Table], None], kind: str
    ) -> None:
        table = created(platform)
        pipeline = platform.pipeline(**MERGE)
        make(table)
        result = platform.plugin.run(pipeline, source=dlt.resource([{"id": 1}], name="orders"))
        assert not result.success
        assert f"has {kind}" in result.errors[0]


def as_a_view(platform: Platform) -> None:
    """Put a view into the catalog's database as Spark would."""
    catalog = platform.catalog
    assert isinstance(catalog, SqlCatalog)
    catalog.create_namespace("bronze")
    with Session(catalog.engine) as session:
        row = IcebergTables(
            catalog_name=catalog.name,
            table_namespace="bronze",
            table_name="orders",
            metadata_location="file:///nowhere/view.json",
            previous_metadata_location=None,
        )
        row.iceberg_type = "VIEW"
        session.add(row)
        session.commit()


def test_a_view_is_refused_as_such(platform: Platform) -> None:
    as_a_view(platform)
    with pytest.raises(DestinationWriteError, match=r"\[PERMANENT\].*bronze.orders is a view"):
        platform.pipeline()


def test_a_view_that_came_after_the_pipeline_was_made_is_refused(platform: Platform) -> None:
    pipeline = platform.pipeline()
    as_a_view(platform)
    result = platform.plugin.run(pipeline, source=dlt.resource([{"id": 1}], name="orders"))
    assert "bronze.orders is a view" in result.errors[0]


def test_a_catalog_that_can_create_tables_named_as_metadata_tables_does(platform: Platform) -> None:
    for rows in (1, 2):
        assert platform.load([{"id": rows}], table="bronze.files").success
    assert [1, 2] == sorted(row["id"] for row in platform.rows(table="bronze.files"))
