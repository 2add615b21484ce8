"""Data files of other engines are read in the columns of now, less the rows that were deleted, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import FileScanTask, Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.typedef import Record
from pyiceberg.types import ListType, LongType, MapType, NestedField, StringType, StructType, TimestamptzType

from floe_ingestion_dlt.adapters.arrow.parquet_rows import BATCH_BYTES
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import UnreadableFileError, fault_of
from floe_ingestion_dlt.adapters.iceberg.files import data_files
from floe_ingestion_dlt.testing import IcebergLab

# With the ids that a catalog gives.
SCHEMA = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "town", StringType()),
    NestedField(
        3,
        "points",
        ListType(
            6,
            StructType(NestedField(7, "x", LongType()), NestedField(8, "y", LongType())),
            element_required=False,
        ),
    ),
    NestedField(
        4,
        "by_name",
        MapType(
            9,
            StringType(),
            10,
            StructType(NestedField(11, "x", LongType()), NestedField(12, "y", LongType())),
            value_required=False,
        ),
    ),
    NestedField(5, "at", TimestamptzType()),
)
BY_TOWN = PartitionSpec(PartitionField(2, 1000, IdentityTransform(), "town"))
MAPPING = """[
    {"field-id": 1, "names": ["id", "number"]}, {"field-id": 2, "names": ["town"]},
    {"field-id": 3, "names": ["points"], "fields": [{"field-id": 6, "names": ["element"],
        "fields": [{"field-id": 7, "names": ["x", "lon"]}, {"field-id": 8, "names": ["y"]}]}]},
    {"field-id": 4, "names": ["by_name"], "fields": [{"field-id": 9, "names": ["key"]}, {"field-id": 10,
        "names": ["value"], "fields": [{"field-id": 11, "names": ["x"]}, {"field-id": 12, "names": ["lat", "y"]}]}]}
]"""


class Folder:
    """A table, and files beside it."""

    def __init__(self, folder: Path, properties: dict[str, str], spec: PartitionSpec) -> None:
        self.folder = folder
        catalog = IcebergLab(folder).catalog
        catalog.create_namespace("bronze")
        self.table: Table = catalog.create_table(
            "bronze.t", SCHEMA, partition_spec=spec, properties=properties
        )

    def file(self, rows: pa.Table, kind: FileFormat = FileFormat.PARQUET, **options: Any) -> DataFile:
        path = self.folder / "rows.parquet"
        pq.write_table(rows, path, **options)
        return entry(path, DataFileContent.DATA, kind)

    def deletes(self, of: DataFile, *places: int) -> DataFile:
        path = self.folder / f"deletes-{places[0]}.parquet"
        pq.write_table(pa.table({"file_path": [of.file_path] * len(places), "pos": places}), path)
        return entry(path, DataFileContent.POSITION_DELETES)

    def batches(self, file: DataFile, *columns: str, deletes: set[DataFile] = frozenset()) -> Iterator[Any]:  # type: ignore[assignment]  # what is frozen is a set, too
        wanted = schema_to_pyarrow(self.table.schema().select(*columns))
        return data_files.rows_of(self.table, FileScanTask(file, deletes), wanted)

    def rows(self, file: DataFile, *columns: str, deletes: set[DataFile] = frozenset()) -> list[Any]:  # type: ignore[assignment]  # as above
        return [row for batch in self.batches(file, *columns, deletes=deletes) for row in batch.to_pylist()]


def entry(path: Path, content: DataFileContent, kind: FileFormat = FileFormat.PARQUET) -> DataFile:
    file = DataFile.from_args(
        content=content, file_path=path.as_uri(), file_format=kind, partition=Record("Oslo"), record_count=1
    )
    file.spec_id = 0
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path, {}, BY_TOWN)


@pytest.fixture
def mapped(tmp_path: Path) -> Folder:
    return Folder(tmp_path, {"schema.name-mapping.default": MAPPING}, PartitionSpec())


def numbers(count: int) -> pa.Table:
    field = pa.field("id", pa.int32(), metadata={"PARQUET:field_id": "1"})
    return pa.table([pa.array(range(count), pa.int32())], schema=pa.schema([field]))


def test_rows_that_delete_files_name_are_not_read(folder: Folder) -> None:
    file = folder.file(numbers(200_000))
    deletes = {folder.deletes(file, 0, 65_536, 199_999), folder.deletes(file, 7, 7)}
    expected = set(range(200_000)) - {0, 7, 65_536, 199_999}
    assert sorted(expected) == [row["id"] for row in folder.rows(file, "id", deletes=deletes)]


def test_files_without_ids_are_read_by_the_name_mapping(mapped: Folder) -> None:
    point = pa.struct([("y", pa.int64()), ("lon", pa.int64())])
    other = pa.struct([("lat", pa.int64()), ("unknown", pa.int64())])
    rows = pa.table(
        {
            "other": [0, 0],
            "number": [1, 2],
            "points": pa.array([[{"y": 1, "lon": 2}, None], None], pa.list_(point)),
            "by_name": pa.array([None, [("k", {"lat": 3, "unknown": 4})]], pa.map_(pa.string(), other)),
        }
    )
    assert [
        {"id": 1, "points": [{"x": 2, "y": 1}, None], "by_name": None},
        {"id": 2, "points": None, "by_name": [("k", {"x": None, "y": 3})]},
    ] == mapped.rows(mapped.file(rows), "id", "points", "by_name")


def test_files_without_ids_and_names_for_them_are_refused_with_what_to_do(folder: Folder) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        folder.rows(folder.file(pa.table({"id": [1]})), "id")
    assert "has no field ids" in fault_of(refused.value).message
    assert "schema.name-mapping.default" in fault_of(refused.value).next_step


def test_files_of_other_formats_are_refused_with_what_to_do(folder: Folder) -> None:
    with pytest.raises(UnreadableFileError) as refused:
        folder.rows(folder.file(numbers(1), FileFormat.AVRO), "id")
    assert "format AVRO" in fault_of(refused.value).message
    assert "rewrite_data_files" in fault_of(refused.value).next_step


def test_a_column_that_the_file_does_not_have_is_that_of_its_partition(folder: Folder) -> None:
    assert [{"id": 0, "town": "Oslo", "at": None}] == folder.rows(folder.file(numbers(1)), "id", "town", "at")


def test_rows_are_counted_where_the_file_has_none_of_the_columns(folder: Folder) -> None:
    assert [{"at": None}] * 3 == folder.rows(folder.file(numbers(3)), "at")


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_the_times_of_old_writers_keep_their_year(folder: Folder, year: int) -> None:
    at = datetime(year, 1, 1, tzinfo=UTC)
    field = pa.field("at", pa.timestamp("us", "UTC"), metadata={"PARQUET:field_id": "5"})
    file = folder.file(pa.table([[at]], schema=pa.schema([field])), use_deprecated_int96_timestamps=True)
    assert [{"at": at}] == folder.rows(file, "at")


def test_times_that_are_more_exact_than_the_table_are_cut(folder: Folder) -> None:
    field = pa.field("at", pa.timestamp("ns", "UTC"), metadata={"PARQUET:field_id": "5"})
    file = folder.file(
        pa.table([pa.array([1_001])], schema=pa.schema([pa.field("at", pa.int64())])).cast(pa.schema([field]))
    )
    assert [{"at": datetime(1970, 1, 1, microsecond=1, tzinfo=UTC)}] == folder.rows(file, "at")


def test_batches_of_large_values_are_small(folder: Folder) -> None:
    field = pa.field("town", pa.string(), metadata={"PARQUET:field_id": "2"})
    texts = pa.array([f"{number:06}" * 100_000 for number in range(100)])
    file = folder.file(pa.table([texts], schema=pa.schema([field])), use_dictionary=False, compression="none")
    sizes = [batch.nbytes for batch in folder.batches(file, "town")]
    assert max(sizes) <= 2 * BATCH_BYTES
    assert texts.nbytes <= sum(sizes) <= 2 * texts.nbytes
