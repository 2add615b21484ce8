"""The same load by dlt with its own Iceberg tables, as its documentation shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.destinations import filesystem as buckets
from dlt.sources.filesystem import filesystem, read_csv_duckdb, read_jsonl, read_parquet
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.sql_database import sql_table

from benchmarks.suite.workload import Load

TABLE = "t"


def loaded(load: Load, place: Path) -> None:
    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=str(place / "pipelines"),
        destination=buckets(bucket_url=(place / "warehouse").as_uri()),
        dataset_name="bronze",
    )
    resource = _resource(load.kind, dict(load.source))
    resource.apply_hints(table_format="iceberg", write_disposition=load.write_mode)
    info = pipeline.run(resource.with_name(TABLE))
    info.raise_on_failed_jobs()


def _resource(kind: str, source: dict[str, Any]) -> Any:
    match kind:
        case "filesystem":
            read = {
                "parquet": read_parquet(use_pyarrow=True).add_map(_without_views),
                "csv": read_csv_duckdb(use_pyarrow=True),
                "jsonl": read_jsonl(),
            }
            form = source["format"]
            return filesystem(bucket_url=source["path"], file_glob=f"*.{form}") | read[form]
        case "sql_database":
            return sql_table(
                credentials=source["connection_string"], table=source["table"], backend="pyarrow"
            )
        case _:
            client = {"base_url": source["url"].rpartition("/")[0], "paginator": source["paginator"]}
            (things,) = rest_api_resources({"client": client, "resources": ["things"]})
            return things


def _without_views(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with plain texts: dlt takes no views of them."""
    plain = [
        field.with_type(pa.string()) if pa.types.is_string_view(field.type) else field
        for field in batch.schema
    ]
    return batch.cast(pa.schema(plain))
