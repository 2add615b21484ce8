"""Rows as sources of each kind, for tests of what is the same for all of them."""

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

KINDS = pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "sqlite"])


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


def pipeline(platform: Platform, kind: str, rows: list[dict[str, Any]], **options: Any) -> Any:
    """A pipeline that loads the rows from a source of this kind."""
    source = write(platform, kind, rows) | options.pop("source_config", {})
    source_type = "sql_database" if kind == "sqlite" else "filesystem"
    config = {"source_type": source_type, "source_config": source, "destination_table": TABLE} | options
    return platform.plugin.create_pipeline(IngestionConfig(**config))


def run(platform: Platform, kind: str, rows: list[dict[str, Any]], **options: Any) -> Any:
    """The result of loading the rows from a source of this kind."""
    return platform.plugin.run(pipeline(platform, kind, rows, **options))


def load(platform: Platform, kind: str, rows: list[dict[str, Any]], **options: Any) -> None:
    """Load the rows from a source of this kind."""
    result = run(platform, kind, rows, **options)
    assert result.success, result.errors
