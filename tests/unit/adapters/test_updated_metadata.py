"""Updates of a table's metadata share what they leave as it is, and are those that pyiceberg makes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    SetPropertiesUpdate,
    TableUpdate,
    update_table_metadata,
)

from floe_ingestion_dlt.adapters.iceberg.internals import main_at, updated


@pytest.fixture
def table(tmp_path: Path) -> Table:
    catalog = SqlCatalog("c", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=tmp_path.as_uri())
    catalog.create_namespace("bronze")
    table = catalog.create_table("bronze.t", pa.schema([("id", pa.int64())]))
    for number in range(3):
        table.append(pa.table({"id": [number]}))
    return table


def updates_of(metadata: TableMetadata) -> tuple[TableUpdate, ...]:
    number = len(metadata.snapshots) + 1
    snapshot = Snapshot(
        snapshot_id=7,
        parent_snapshot_id=metadata.current_snapshot_id,
        sequence_number=number,
        timestamp_ms=metadata.last_updated_ms + 1,
        manifest_list="file:///a.avro",
        summary=Summary(Operation.APPEND),
        schema_id=0,
    )
    return AddSnapshotUpdate(snapshot=snapshot), main_at(7), SetPropertiesUpdate(updates={"a": "b"})


@pytest.mark.parametrize("location", [None, "file:///v1.metadata.json"])
def test_the_result_is_that_of_pyiceberg(table: Table, location: str | None) -> None:
    updates = updates_of(table.metadata)
    theirs = update_table_metadata(table.metadata, updates, metadata_location=location)
    assert theirs == updated(table.metadata, updates, location)
    assert table.metadata == updated(table.metadata, ())


def test_snapshots_are_not_copied_and_the_metadata_before_stays_as_it_is(table: Table) -> None:
    before, copy = table.metadata, table.metadata.model_copy(deep=True)
    now = updated(before, updates_of(before), "file:///v1.metadata.json")
    assert copy == before
    assert 4 == len(now.snapshots)
    assert all(old is new for old, new in zip(before.snapshots, now.snapshots[:3], strict=True))
