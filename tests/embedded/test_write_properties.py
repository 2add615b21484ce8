"""A table's properties say how its Parquet files are written, by loads and by merges."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
