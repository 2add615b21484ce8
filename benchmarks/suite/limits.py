"""The plainest programs: pyarrow or duckdb reads and writes once, and pyiceberg commits once."""

from __future__ import annotations

import io
import json
import sqlite3
import uuid
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import requests
from pyiceberg.catalog import Catalog, load_catalog

TABLE = "bronze.t"
NESTED = "bronze.t__orders"


def catalog_of(place: Path, name: str = "floe") -> Catalog:
    place.mkdir(exist_ok=True)
    uri, warehouse = f"sqlite:///{place / 'catalog.db'}", (place / "warehouse").as_uri()
    return load_catalog(name, type="sql", uri=uri, warehouse=warehouse)


def new_file(place: Path) -> Path:
    folder = place / "warehouse" / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{uuid.uuid4()}.parquet"


def written(place: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Path:
    file = new_file(place)
    pq.write_table(pa.Table.from_batches(batches, schema), file, compression="zstd")
    return file


def added(place: Path, *files: Path, name: str = TABLE) -> None:
    """Commit files to a table that it creates."""
    catalog = catalog_of(place)
    catalog.create_namespace_if_not_exists("bronze")
    table = catalog.create_table(name, pq.read_schema(files[0]))
    table.add_files([str(file) for file in files], check_duplicate_files=False)


def merged(place: Path, changes: Path) -> None:
    """Write each file of the table that has a changed row again, with the changes in it, and one with the new rows."""
    table = catalog_of(place).load_table(TABLE)
    before = [task.file.file_path for task in table.scan().plan_files()]
    after, known = list[Path | str](), "id in (select id from 'CHANGES')".replace("CHANGES", str(changes))
    with duckdb.connect() as database:
        for old in before:
            own = f"from '{changes}' where id in (select id from '{old}')"
            found = database.execute(f"select count(*) {own}").fetchone()
            if found == (0,):
                after.append(old)
                continue
            after.append(file := new_file(place))
            rows = f"select * from '{old}' where not {known} union all by name select * {own}"
            database.execute(f"copy ({rows}) to '{file}' (format parquet, compression zstd)")
        after.append(file := new_file(place))
        rows = f"select * from '{changes}' where id not in (select id from read_parquet({before}))"
        database.execute(f"copy ({rows}) to '{file}' (format parquet, compression zstd)")
    with table.transaction() as transaction:
        transaction.delete("id >= 0")
        transaction.add_files([str(file) for file in after], check_duplicate_files=False)


def looked_at(place: Path) -> int:
    """The rows of the table less one, from its metadata; this is also its last id."""
    snapshot = catalog_of(place).load_table(TABLE).current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    return int(snapshot.summary["total-records"] or 0) - 1


def of_query(place: Path, database: Path, query: str) -> Path:
    with closing(sqlite3.connect(database)) as connection:
        ids, names = zip(*connection.execute(query), strict=True)
    table = pa.table({"id": ids, "name": names})
    return written(place, table.schema, table.to_batches())


def of_postgres(place: Path, url: str, name: str) -> None:
    """Copy the table as CSV, and let pyarrow find its types; with ADBC, it takes more CPU seconds."""
    import psycopg  # noqa: PLC0415 - what a program imports is measured

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        names = [
            column.name
            for column in cursor.execute(f"SELECT * FROM {name} LIMIT 0".encode()).description or ()
        ]
        with cursor.copy(f"COPY {name} TO STDOUT (FORMAT csv)".encode()) as copy:
            text = io.BytesIO()
            for row in copy:
                text.write(row)
        text.seek(0)
    table = pacsv.read_csv(text, pacsv.ReadOptions(column_names=names))
    added(place, written(place, table.schema, table.to_batches()))


def of_api(place: Path, address: str) -> None:
    """Read all pages, and write the records and their orders as two tables."""
    roots, nested = list[dict[str, object]](), list[dict[str, object]]()
    with requests.Session() as session:
        page = 0
        while records := json.loads(session.get(f"{address}/things", params={"page": page}).content):
            for record in records:
                address_of, orders = record.pop("address"), record.pop("orders")
                record["created"] = datetime.fromisoformat(record["created"])
                roots.append(record | {f"address__{key}": value for key, value in address_of.items()})
                nested += ({**order, "root": record["id"], "place": at} for at, order in enumerate(orders))
            page += 1
    for name, rows in ((TABLE, roots), (NESTED, nested)):
        table = pa.Table.from_pylist(rows)
        added(place, written(place, table.schema, table.to_batches()), name=name)
