"""Columns keep names in any script, wherever a name is used; names that Iceberg keeps for itself are changed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionConfig

from tests.platforms import TABLE, Platform

ROWS = [{"ключ": 1, "名前": "田中", "Größe": 5}, {"ключ": 2, "名前": "é", "Größe": 7}]
EXPECTED = [{"ключ": 1, "名前": "田中", "größe": 5}, {"ключ": 2, "名前": "é", "größe": 7}]


def write(platform: Platform, kind: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows as a source of this kind, and its settings."""
    path = platform.data / f"a.{kind}"
    if kind == "csv":
        path.write_text("\n".join([",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]))
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        names = ", ".join(f'"{name}"' for name in rows[0])
        with closing(sqlite3.connect(platform.folder / "a.db")) as connection, connection:
            connection.execute("drop table if exists t")
            connection.execute(f"create table t ({names})")
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into t values ({marks})", [tuple(row.values()) for row in rows])
        return {"connection_string": f"sqlite:///{platform.folder / 'a.db'}", "table": "t"}
    return {"path": str(platform.data), "format": kind}


def load(platform: Platform, kind: str, rows: list[dict[str, Any]], **options: Any) -> None:
    source = write(platform, kind, rows) | options.pop("source_config", {})
    source_type = "sql_database" if kind == "sqlite" else "filesystem"
    config = {"source_type": source_type, "source_config": source, "destination_table": TABLE} | options
    result = platform.plugin.run(platform.plugin.create_pipeline(IngestionConfig(**config)))
    assert result.success, result.errors


KINDS = pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "sqlite"])


@KINDS
def test_names_are_kept(platform: Platform, kind: str) -> None:
    load(platform, kind, ROWS)
    assert EXPECTED == platform.rows("ключ", "名前", "größe")
    assert {"ключ", "名前", "größe"} == platform.columns()


@KINDS
def test_they_can_be_merge_keys_and_cursors(platform: Platform, kind: str) -> None:
    merge = {"write_mode": "merge", "source_config": {"primary_key": ["ключ"], "cursor_field": "Größe"}}
    load(platform, kind, ROWS, **merge)
    load(platform, kind, [{"ключ": 1, "名前": "x", "Größe": 9}], **merge)
    assert [("x", 9), ("é", 7)] == [
        (row["名前"], row["größe"]) for row in platform.rows("ключ", "名前", "größe")
    ]


@KINDS
def test_names_that_iceberg_keeps_for_itself_are_changed(platform: Platform, kind: str) -> None:
    rows = [{"id": 1, "_file": "a", "_deleted": 0}, {"id": 2, "_file": "b", "_deleted": 0}]
    merge = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
    load(platform, kind, rows, **merge)
    assert {"id", "source_file", "source_deleted"} == platform.columns()
    assert ["a", "b"] == [row["source_file"] for row in platform.rows("id", "source_file")]
