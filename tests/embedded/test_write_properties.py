"""A table's properties say how its Parquet files are written, by loads and by merges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.iceberg.files.parquet_properties import bloom_filters, is_written_alike
from tests.platforms import TABLE, Platform


def a_table(platform: Platform, properties: dict[str, str]) -> None:
    schema = pa.table({"id": pa.array([], pa.int64()), "name": pa.array([], pa.string())}).schema
    platform.catalog.create_namespace_if_not_exists("bronze")
    platform.catalog.create_table(TABLE, schema, properties=properties)


def loaded(platform: Platform, rows: int, **options: Any) -> list[pq.FileMetaData]:
    """The footers of the table's files after a load of so many rows."""
    platform.csv("a.csv", "id,name\n" + "".join(f"{n},name {n}\n" for n in range(rows)))
    result = platform.load(**options)
    assert result.success, result.errors
    tasks = platform.catalog.load_table(TABLE).scan().plan_files()
    return [pq.read_metadata(task.file.file_path.removeprefix("file://")) for task in tasks]


def codecs(footers: list[pq.FileMetaData]) -> set[str]:
    return {footer.row_group(0).column(0).compression for footer in footers}


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("snappy", "SNAPPY"),
        ("GZIP", "GZIP"),
        ("uncompressed", "UNCOMPRESSED"),
        ("lz4", "LZ4"),
        ("zstd", "ZSTD"),
        ("unheard-of", "ZSTD"),
    ],
)
def test_the_codec_is_that_of_the_table(platform: Platform, codec: str, expected: str) -> None:
    a_table(platform, {"write.parquet.compression-codec": codec})
    assert {expected} == codecs(loaded(platform, 10))
    merge = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
    assert {expected} == codecs(loaded(platform, 5, **merge))


def test_a_level_of_compression_is_obeyed(platform: Platform) -> None:
    sizes = []
    for level in ("1", "19"):
        a_table(platform, {"write.parquet.compression-level": level})
        (footer,) = loaded(platform, 20_000)
        sizes.append(sum(footer.row_group(0).column(n).total_compressed_size for n in range(2)))
        platform.catalog.drop_table(TABLE)
    assert sizes[1] < sizes[0]


def test_row_groups_have_the_rows_that_the_table_sets(platform: Platform) -> None:
    a_table(platform, {"write.parquet.row-group-limit": "1000"})
    (footer,) = loaded(platform, 2_500)
    assert [1000, 1000, 500] == [footer.row_group(n).num_rows for n in range(footer.num_row_groups)]


def test_rows_of_python_values_are_in_few_row_groups(platform: Platform) -> None:
    """dlt writes a group for 5,000 rows."""
    rows = [{"id": n, "name": f"name {n}", "lines": [{"n": n}]} for n in range(12_000)]
    result = platform.load(rows)
    assert result.success, result.errors
    for table in (TABLE, f"{TABLE}__lines"):
        (task,) = platform.catalog.load_table(table).scan().plan_files()
        footer = pq.read_metadata(task.file.file_path.removeprefix("file://"))
        assert [12_000] == [footer.row_group(n).num_rows for n in range(footer.num_row_groups)]
    assert sorted(f"name {n}" for n in range(12_000)) == [row["name"] for row in platform.rows("name")]


def _columns(footers: list[pq.FileMetaData]) -> Iterator[Any]:
    # The stubs of pyarrow do not have all attributes of a column.
    for footer in footers:
        for group in range(footer.num_row_groups):
            yield from (footer.row_group(group).column(n) for n in range(footer.num_columns))


def test_engines_can_skip_pages_in_files_of_every_kind_of_load(platform: Platform) -> None:
    first = loaded(platform, 2_000)
    assert platform.load([{"id": n, "name": str(n)} for n in range(7_000)]).success
    merged = loaded(platform, 5, write_mode="merge", source_config={"primary_key": ["id"]})
    assert all(column.has_column_index and column.has_offset_index for column in _columns(first + merged))


FILTERED = "write.parquet.bloom-filter-enabled.column"


@pytest.mark.skipif(
    not bloom_filters({f"{FILTERED}.id": "true"}, pa.schema({"id": pa.int64()}), 1), reason="needs pyarrow 24"
)
class TestBloomFilters:
    def test_columns_that_the_table_names_have_one(self, platform: Platform) -> None:
        a_table(platform, {f"{FILTERED}.name": "true", f"{FILTERED}.id": "false"})
        merge = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
        for footers in (loaded(platform, 1_000), loaded(platform, 5, **merge)):
            found = {column.path_in_schema: column.bloom_filter_length for column in _columns(footers)}
            assert found["id"] is None
            assert found["name"] is not None
        paths = [task.file.file_path for task in platform.catalog.load_table(TABLE).scan().plan_files()]
        for name, rows in (("name 999", 1), ("name 1000", 0)):
            found_by_engine = duckdb.execute("SELECT * FROM read_parquet($1) WHERE name = $2", [paths, name])
            assert rows == len(found_by_engine.fetchall())

    def test_small_loads_have_small_ones_and_large_ones_are_bounded(self, platform: Platform) -> None:
        a_table(platform, {f"{FILTERED}.id": "true", "write.parquet.bloom-filter-max-bytes": "4096"})
        sizes = []
        for rows in (10, 50_000):
            (column, _) = _columns(loaded(platform, rows, write_mode="replace"))
            sizes.append(column.bloom_filter_length)
        assert sizes[0] < 128
        assert 4096 <= sizes[1] <= 4096 + 64

    def test_the_share_of_wrong_answers_sets_the_size(self, platform: Platform) -> None:
        sizes = []
        for share in ("0.5", "0.0001"):
            a_table(platform, {f"{FILTERED}.id": "true", "write.parquet.bloom-filter-fpp.column.id": share})
            (column, _) = _columns(loaded(platform, 10_000))
            sizes.append(column.bloom_filter_length)
            platform.catalog.drop_table(TABLE)
        assert sizes[0] < sizes[1]

    def test_a_file_of_the_source_without_one_is_not_copied_as_it_is(self, platform: Platform) -> None:
        a_table(platform, {f"{FILTERED}.id": "true"})
        pq.write_table(pa.table({"id": range(300_000), "name": ["x"] * 300_000}), platform.data / "a.parquet")
        result = platform.load(source_config={"format": "parquet"})
        assert result.success, result.errors
        (task,) = platform.catalog.load_table(TABLE).scan().plan_files()
        (column, _) = _columns([pq.read_metadata(task.file.file_path.removeprefix("file://"))])
        assert column.bloom_filter_length is not None

    @pytest.mark.parametrize(("wanted", "is_alike"), [("true", False), ("false", True)])
    def test_a_file_without_filters_may_be_copied_unless_one_is_wanted(
        self, tmp_path: Path, wanted: str, *, is_alike: bool
    ) -> None:
        pq.write_table(pa.table({"id": [1]}), tmp_path / "a.parquet")
        footer = pq.read_metadata(tmp_path / "a.parquet")
        assert is_alike == is_written_alike(footer, {f"{FILTERED}.id": wanted})

    def test_properties_of_columns_that_cannot_have_one_do_no_harm(self, platform: Platform) -> None:
        columns: Any = [
            ("id", pa.int64()),
            ("ok", pa.bool_()),
            ("many", pa.list_(pa.int64())),
            ("u", pa.binary(16)),
        ]
        properties = {f"{FILTERED}.{name}": "true" for name in ("ok", "many", "u", "gone", "id")}
        properties["write.parquet.bloom-filter-fpp.column.id"] = "much"
        platform.catalog.create_namespace("bronze")
        platform.catalog.create_table(TABLE, pa.schema(columns), properties=properties)
        assert platform.load([{"id": 1, "ok": True}]).success
        assert [{"id": 1, "ok": True}] == platform.rows("id", "ok")
        (task,) = platform.catalog.load_table(TABLE).scan().plan_files()
        written = list(_columns([pq.read_metadata(task.file.file_path.removeprefix("file://"))]))
        assert ["id"] == [column.path_in_schema for column in written if column.bloom_filter_length]


@pytest.mark.parametrize("mode", ["append", "merge", "replace"])
@pytest.mark.parametrize(
    "name",
    [
        "write.target-file-size-bytes",
        "commit.manifest.target-size-bytes",
        "commit.manifest.min-count-to-merge",
        "commit.manifest-merge.enabled",
        "commit.retry.num-retries",
        "commit.retry.min-wait-ms",
        "write.metadata.delete-after-commit.enabled",
        "write.parquet.row-group-limit",
        "write.parquet.row-group-size-bytes",
        "write.parquet.page-size-bytes",
        "write.parquet.page-row-limit",
        "write.parquet.dict-size-bytes",
        "write.parquet.compression-level",
        "write.parquet.bloom-filter-max-bytes",
    ],
)
def test_a_property_that_is_no_number_has_no_effect(platform: Platform, name: str, mode: str) -> None:
    a_table(platform, {name: "128 MB"})
    options = {"write_mode": mode, "source_config": {"primary_key": ["id"]} if mode == "merge" else {}}
    for rows in (3, 4):
        loaded(platform, rows, **options)
    assert 4 == len({row["id"] for row in platform.rows()})
