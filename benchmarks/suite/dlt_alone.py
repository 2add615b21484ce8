"""The same load by dlt alone: with its own Iceberg tables, or with the destination dlt-iceberg, as their documentation shows it."""

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


def loaded(load: Load, place: Path, program: str) -> None:
    place.mkdir(exist_ok=True)
    warehouse = (place / "warehouse").as_uri()
    resource = _resource(load.kind, dict(load.source))
    resource.apply_hints(write_disposition=load.write_mode)
    if program == "dlt":
        destination = buckets(bucket_url=warehouse)
        resource.apply_hints(table_format="iceberg")
    else:
        import dlt_iceberg  # noqa: PLC0415 - it is in an environment of its own

        catalog = f"sqlite:///{place / 'catalog.db'}"
        destination = dlt_iceberg.iceberg_rest(catalog_uri=catalog, warehouse=warehouse, namespace="bronze")
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=str(place / "pipelines"), destination=destination, dataset_name="bronze"
    )
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
