"""A table of a PostgreSQL server, whose address is in DATABASE_URL."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from benchmarks.suite.data import lineitem

ADDRESS: Final = "DATABASE_URL"
FILLED: Final = "floe_benchmark_lineitem"
SHARE: Final = 2
ROWS_AT_ONCE: Final = 100_000
TYPES: Final = {pa.int64(): "bigint", pa.int32(): "integer", pa.date32(): "date", pa.string(): "varchar"}


@contextmanager
def filled_table(folder: Path, scale: float) -> Iterator[str]:
    """The address of a server that has the table while the block runs."""
    import psycopg  # noqa: PLC0415 - what a program imports is measured

    url = os.environ[ADDRESS]
    (file,) = lineitem(folder, scale).iterdir()
    table = pq.read_table(file)
    table = table.slice(0, len(table) // SHARE).cast(pa.schema(map(_plain, table.schema)))
    columns = ", ".join(f"{field.name} {_type_of(field.type)}" for field in table.schema)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {FILLED}")
        connection.execute(f"CREATE TABLE {FILLED} ({columns})".encode())
        with connection.cursor().copy(f"COPY {FILLED} FROM STDIN (FORMAT csv)") as copy:
            for batch in table.to_batches(ROWS_AT_ONCE):
                text = io.BytesIO()
                pacsv.write_csv(batch, text, pacsv.WriteOptions(include_header=False))
                copy.write(text.getvalue())
        connection.execute(f"VACUUM ANALYZE {FILLED}")
        try:
            yield url
        finally:
            connection.execute(f"DROP TABLE {FILLED}")


def _plain(field: pa.Field[pa.DataType]) -> pa.Field[pa.DataType]:
    return pa.field(field.name, pa.string() if pa.types.is_string_view(field.type) else field.type)


def _type_of(kind: pa.DataType) -> str:
    return f"numeric({kind.precision}, {kind.scale})" if pa.types.is_decimal(kind) else TYPES[kind]
