"""Staging in memory: a file's rows in the columns of its table, kept where no reader sees them yet."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.field_values import rows_with, without_fields
from floe_ingestion_dlt.adapters.arrow.file_schemas import schema_of
from floe_ingestion_dlt.adapters.arrow.types import cast, nulls
from floe_ingestion_dlt.adapters.memory.commits import MemoryCatalog
from floe_ingestion_dlt.adapters.memory.tables import Origin, arrow_schema
from floe_ingestion_dlt.domain.contracts import project
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.load import Discarded, StagedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.ports.destination import FileToStage


def stage(catalog: MemoryCatalog, file: FileToStage) -> Result[StagedFile, DestinationFailed]:
    """Stage a file for a table of the *catalog*, in the columns that the table has, and those by which it grows."""
    has = catalog.tables[file.table].schema
    schema = extended(file.table, has, file.grows, has.types() if file.replaces else ())
    return schema.bind(
        lambda table: schema_of(file.path, table).bind(lambda columns: _staged(catalog, file, columns, table))
    )


def _staged(
    catalog: MemoryCatalog, file: FileToStage, columns: TableSchema, table: TableSchema
) -> Result[StagedFile, DestinationFailed]:
    projection = project(columns, table)
    if (unheld := projection.columns_with_discards) and not file.may_discard:
        return Failure(_no_place(file.table, sorted(unheld)))
    rows = pq.read_table(file.path)
    rows = rows.take(pa.array(sorted(set(range(len(rows))) - set(file.left_out)), pa.int64()))
    target = pa.schema([arrow_schema(table).field(place) for _, place in projection.kept])
    path = f"memory:{file.load_id}-{uuid.uuid4()}"
    kept = without_fields(rows.select([name for name, _ in projection.kept]), projection.fields)
    catalog.origins[path] = Origin(file.table, file.load_id, next(catalog.ids))
    catalog.staged[path] = cast(kept, target) if len(target) else nulls(len(rows), arrow_schema(table))
    paths = [*((name,) for name in projection.discarded), *projection.fields]
    lost = (Discarded(".".join((name, *path)), rows_with(rows[name], path)) for name, *path in paths)
    return Success(StagedFile(path, len(rows), file.path.stat().st_size, tuple(lost)))


def _no_place(table: TableName, columns: Sequence[str]) -> DestinationFailed:
    return DestinationFailed(
        f"{table} has no place for {', '.join(columns)}", Category.TRANSIENT, "Run again with the new schema."
    )
