"""Checks of rows: the range of a cursor's column, and nested rows without a root row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

import duckdb
import pyarrow as pa
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.arrow.batches_ahead import for_duckdb
from floe_ingestion_dlt.adapters.arrow.stubs import lowest_and_highest
from floe_ingestion_dlt.adapters.iceberg.files.data_files import rows_of
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.leftovers import file_name, is_ours
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.domain.verification.facts import CursorFact
from floe_ingestion_dlt.ports.verification import Strays


def ends_of(table: Table, cursor: StateCursor) -> CursorFact | None:
    """The lowest and highest value of the cursor's column; None if the table has no such column, or the column has no order."""
    columns = schema_to_pyarrow(table.schema())
    column = ColumnNames.of(columns.names).in_table(cursor.column)
    if column not in columns.names or pa.types.is_nested(columns.field(column).type):
        return None
    wanted = pa.schema([columns.field(column)])
    kind = wanted.field(0).type
    ends: list[object] = []
    ours: list[object] = []
    for task in table.scan().plan_files():
        is_of_a_load = is_ours(file_name(task.file.file_path))
        for batch in rows_of(table, task, wanted):
            low, high = lowest_and_highest(batch.column(0))
            ends += (low, high)
            ours += (high,) if is_of_a_load else ()
    low, high = lowest_and_highest(pa.array(ends, kind))
    return CursorFact(column, cursor.value, low, high, lowest_and_highest(pa.array(ours, kind))[1])


def strays_in(nested: Table, column: str, homes: Sequence[Table], key: str) -> Strays:
    """Count the rows of *nested* whose root row is missing, with a join of the ids in duckdb, which spills to disk."""
    with ExitStack() as stack:
        folder = stack.enter_context(scratch_folder("verify"))
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{DEFAULT_MEMORY.join}B",
            "temp_directory": str(folder),
        }
        sql = stack.enter_context(closing(duckdb.connect(":memory:", config=settings)))
        sql.execute("CREATE TABLE nested (id VARCHAR)")
        _take_in(sql, "INSERT INTO nested SELECT id FROM stream", nested, column)
        sql.execute("CREATE TABLE home (id VARCHAR)")
        for home in homes:
            _take_in(sql, "INSERT INTO home SELECT id FROM stream", home, key)
        found = sql.execute(
            "SELECT count(*), min(id) FROM nested ANTI JOIN home USING (id) WHERE id IS NOT NULL"
        ).fetchone()
    rows, example = found or (0, None)
    return Strays(int(rows), str(example))


def _take_in(sql: duckdb.DuckDBPyConnection, statement: str, table: Table, column: str) -> None:
    stored = schema_to_pyarrow(table.schema())
    if column not in stored.names:
        return
    wanted = pa.schema([stored.field(column)])

    def ids() -> Iterator[pa.RecordBatch]:
        for task in table.scan().plan_files():
            for batch in rows_of(table, task, wanted):
                yield pa.RecordBatch.from_arrays([batch.column(0)], ["id"])

    plain = pa.schema([pa.field("id", wanted.field(0).type)])
    sql.register("stream", for_duckdb(pa.RecordBatchReader.from_batches(plain, ids())))
    sql.execute(statement)
    sql.unregister("stream")
