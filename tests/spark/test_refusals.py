"""Tables of Spark that cannot be written are refused, and what the error says to do is what helps."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from floe_ingestion_dlt.errors import DestinationWriteError
from tests.platforms import TABLE
from tests.spark.lake import Lake
from tests.spark.works import REWRITE

T = f"floe.{TABLE}"
MERGE: dict[str, Any] = {
    "write_mode": "merge",
    "source_config": {"primary_key": "id", "merge_strategy": "upsert"},
}
RENEWED = [{"id": 1, "v": 2}]


def create(lake: Lake, name: str, value: str) -> None:
    """A table that Spark makes with this property, and that has a row."""
    lake.platform.catalog.create_namespace("bronze")
    lake.sql(
        f"CREATE TABLE {T} (id bigint, v bigint) USING iceberg TBLPROPERTIES ('{name}' = '{value}')",
        f"INSERT INTO {T} VALUES (1, 1)",
    )


def rows(lake: Lake) -> list[tuple[int, int]]:
    found = lake.query(f"SELECT id, v FROM {T} ORDER BY id, v").to_pylist()
    return [(row["id"], row["v"]) for row in found]


def test_format_version_1_is_written_after_the_upgrade_that_the_error_names(lake: Lake) -> None:
    create(lake, "format-version", "1")
    with pytest.raises(DestinationWriteError, match=r"'format-version' = '2'"):
        lake.load(RENEWED)
    lake.sql(f"ALTER TABLE {T} SET TBLPROPERTIES ('format-version' = '2')")
    lake.load(RENEWED)
    assert [(1, 1), (1, 2)] == rows(lake)


def test_format_version_3_is_refused(lake: Lake) -> None:
    create(lake, "format-version", "3")
    with pytest.raises(DestinationWriteError, match="format version 3"):
        lake.load(RENEWED)
    assert [(1, 1)] == rows(lake)


@pytest.mark.parametrize("options", [{}, MERGE], ids=["append", "merge"])
def test_a_table_that_was_upgraded_to_format_version_3_is_refused(
    lake: Lake, options: dict[str, Any]
) -> None:
    lake.load(RENEWED, **options)
    lake.sql(f"ALTER TABLE {T} SET TBLPROPERTIES ('format-version' = '3')")
    with pytest.raises(DestinationWriteError, match="format version 3"):
        lake.load(RENEWED, **options)
    assert [(1, 2)] == rows(lake)


@pytest.mark.parametrize("kind", ["avro", "orc"])
def test_files_of_other_formats_are_merged_into_after_the_call_that_the_error_names(
    lake: Lake, kind: str
) -> None:
    create(lake, "write.format.default", kind)
    with pytest.raises(DestinationWriteError, match="rewrite_data_files"):
        lake.load(RENEWED, **MERGE)
    lake.sql(
        f"ALTER TABLE {T} SET TBLPROPERTIES ('write.format.default' = 'parquet')", REWRITE.format(name=TABLE)
    )
    lake.load(RENEWED, **MERGE)
    assert [(1, 2)] == rows(lake)


@pytest.mark.parametrize("kind", ["avro", "orc"])
def test_rows_are_appended_beside_files_of_other_formats(lake: Lake, kind: str) -> None:
    create(lake, "write.format.default", kind)
    lake.load(RENEWED)
    assert [(1, 1), (1, 2)] == rows(lake)


def test_a_view_is_refused_as_such(lake: Lake) -> None:
    lake.load(RENEWED)
    lake.sql(f"CREATE VIEW floe.bronze.seen AS SELECT * FROM {T}")
    with pytest.raises(DestinationWriteError, match=r"bronze\.seen is a view"):
        lake.load(RENEWED, table="bronze.seen")


@pytest.mark.parametrize("name", ["_file", "_pos", "_deleted", "_partition", "_spec_id"])
def test_columns_do_not_get_the_names_of_icebergs_own(lake: Lake, name: str) -> None:
    lake.load_table(pa.table({"id": [1], name: ["mine"]}))
    assert "mine" in lake.query(f"SELECT * FROM {T}").to_pylist()[0].values()
