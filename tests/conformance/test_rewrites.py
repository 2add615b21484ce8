"""Rows that a load does not touch are, in the files that it rewrites, what they were in the files before."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.update import AddSchemaUpdate, SetCurrentSchemaUpdate
from pyiceberg.types import IcebergType, LongType, NestedField, TimestamptzType

from floe_ingestion_dlt.adapters.iceberg.files.manifest_entries import data_file
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import (
    DELETE_INSERT,
    SCD2,
    UPSERT,
    ByKey,
    MergeRows,
    MergeVersions,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import rows_of, staged
from tests.nested_types import arrow_field, ids_from, kinds, later, seen_as, told, values

DOCS: Final = TableName(("bronze",), "docs")
AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
ROWS: Final = 6

Values: TypeAlias = dict[int, Any]


def columns(kind: IcebergType, name: str = "value") -> Schema:
    return Schema(
        NestedField(1, "id", LongType()),
        NestedField(2, name, kind),
        NestedField(3, "since", TimestamptzType()),
        NestedField(4, "until", TimestamptzType()),
    )


class Docs:
    """A table with one column of any type, whose first file another engine has written."""

    def __init__(self, folder: Path, kind: IcebergType, found: list[Any]) -> None:
        self.lab = IcebergLab(folder)
        self.lab.catalog.create_namespace("bronze")
        table = self.lab.catalog.create_table("bronze.docs", columns(kind))
        # The catalog gave new ids to all fields.
        self.kind = table.schema().find_type("value")
        schema = pa.schema([arrow_field(field) for field in table.schema().fields])
        rows = [{"id": place, "value": value} for place, value in enumerate(found)]
        path = Path(table.location().removeprefix("file://")) / "data" / "foreign.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema), path, row_group_size=4)
        transaction = table.transaction()
        with transaction.update_snapshot().fast_append() as producer:
            producer.append_data_file(data_file(table, path.as_uri()))
        transaction.commit_transaction()

    @property
    def table(self) -> Table:
        return self.lab.catalog.load_table("bronze.docs")

    def become(self, kind: IcebergType) -> None:
        """Let the columns be what another engine has made of them."""
        schema = Schema(*reversed(columns(kind, "renamed").fields), schema_id=1)
        updates = (AddSchemaUpdate(schema_=schema), SetCurrentSchemaUpdate(schema_id=1))
        self.lab.catalog.commit_table(self.table, (), updates)

    def in_files(self) -> Values:
        """What a reader finds that knows Parquet, and nothing of Iceberg."""
        return by_id(
            row
            for task in self.table.scan().plan_files()
            for row in pq.ParquetFile(task.file.file_path.removeprefix("file://")).read().to_pylist()
        )

    def seen(self) -> Values:
        return by_id(rows_of(self.lab, DOCS))

    def load(self, ids: list[int], load_id: str, mode: TableMode) -> None:
        file = staged(self.lab, DOCS, pa.table({"id": ids}), load_id)
        commit_once(Load(load_id, (TableWrite(DOCS, mode, (file,)),)), self.lab.destination).unwrap()


def by_id(rows: Iterable[dict[str, Any]]) -> Values:
    return {row["id"]: told(row.get("value", row.get("renamed"))) for row in rows}


def by_merge(strategy: ByKey) -> Callable[[Docs], None]:
    def act(docs: Docs) -> None:
        for number in (0, 1):
            docs.load([number], str(number), MergeRows(strategy, ("id",)))

    return act


def by_versions(docs: Docs) -> None:
    for number in (0, 1):
        ids = list(range(number + 1, ROWS))
        docs.load(ids, str(number), MergeVersions(SCD2, ("id",), "since", "until", AT))


def by_compaction(docs: Docs) -> None:
    for _ in (0, 1):
        docs.lab.destination.compact(DOCS).unwrap()


REWRITES: Final = {
    "upsert": by_merge(UPSERT),
    "delete-insert": by_merge(DELETE_INSERT),
    "scd2": by_versions,
    "compact": by_compaction,
}


@pytest.mark.parametrize("way", REWRITES)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_rows_that_are_not_touched_stay_as_they_are(way: str, data: st.DataObject) -> None:
    kind = data.draw(kinds(ids_from(10), 3))
    found = data.draw(st.lists(values(kind, required=False), min_size=ROWS, max_size=ROWS))
    with tempfile.TemporaryDirectory() as folder:
        docs = Docs(Path(folder), kind, found)
        before = docs.in_files()
        assert before == docs.seen()
        REWRITES[way](docs)
        assert untouched(before) == untouched(docs.in_files())
        assert untouched(before) == untouched(docs.seen())


@pytest.mark.parametrize("way", REWRITES)
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_rows_of_older_schemas_come_into_the_columns_of_now(way: str, data: st.DataObject) -> None:
    kind = data.draw(kinds(ids_from(10), 3))
    found = data.draw(st.lists(values(kind, required=False), min_size=ROWS, max_size=ROWS))
    with tempfile.TemporaryDirectory() as folder:
        docs = Docs(Path(folder), kind, found)
        now = data.draw(later(docs.kind, ids_from(1000)))
        expected = {place: told(seen_as(value, docs.kind, now)) for place, value in enumerate(found)}
        docs.become(now)
        assert expected == docs.seen()
        REWRITES[way](docs)
        assert untouched(expected) == untouched(docs.in_files())
        assert untouched(expected) == untouched(docs.seen())


def untouched(found: Values) -> Values:
    return {place: found[place] for place in range(2, ROWS)}
