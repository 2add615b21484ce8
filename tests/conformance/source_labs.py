"""Places with one source each, to hold it to the laws."""

from __future__ import annotations

import csv
import json
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, final

import pyarrow as pa
import pyarrow.parquet as pq
from returns.result import Failure

from floe_ingestion_dlt.adapters.memory.source import MemorySource
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.registry import kind_of
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.ports.source import Source
from floe_ingestion_dlt.testing.source_laws import Row


def source_of(kind: str, config: Mapping[str, object]) -> Source:
    found = kind_of(kind).unwrap()
    return found.open(parse_source(found, config, None).source)


class FolderLab(ABC):
    """Files in a folder, one for each time that rows are put there."""

    unit: str = "files"
    format: ClassVar[str]

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "files"
        self._folder.mkdir()

    @property
    def source(self) -> Source:
        return source_of("filesystem", {"path": str(self._folder), "format": self.format})

    @property
    def out_of_reach(self) -> Source:
        return source_of("filesystem", {"path": "http://127.0.0.1:9/orders", "format": self.format})

    def put(self, rows: Sequence[Row]) -> None:
        number = len(list(self._folder.iterdir()))
        self.write(self._folder / f"{number:03}.{self.format}", rows)

    def damage(self) -> str:
        (self._folder / f"broken.{self.format}").write_bytes(b'{"id": 1,"\n')
        return f"broken.{self.format}"

    @abstractmethod
    def write(self, path: Path, rows: Sequence[Row]) -> None: ...


@final
class CsvLab(FolderLab):
    format = "csv"

    def write(self, path: Path, rows: Sequence[Row]) -> None:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


@final
class JsonlLab(FolderLab):
    format = "jsonl"

    def write(self, path: Path, rows: Sequence[Row]) -> None:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


@final
class ParquetLab(FolderLab):
    format = "parquet"

    def write(self, path: Path, rows: Sequence[Row]) -> None:
        pq.write_table(pa.Table.from_pylist(list(rows)), path)


@final
class SqliteLab:
    """A table of a SQLite database, read in chunks of two rows."""

    unit = "things"

    def __init__(self, folder: Path) -> None:
        self._path = folder / "things.db"
        self._execute("CREATE TABLE things (id BIGINT, name TEXT, price DOUBLE, at INTEGER)", [])

    @property
    def source(self) -> Source:
        return self._source(self._path)

    @property
    def out_of_reach(self) -> Source:
        return self._source(self._path.with_name("nowhere.db"))

    def put(self, rows: Sequence[Row]) -> None:
        self._execute("INSERT INTO things VALUES (:id, :name, :price, :at)", rows)

    def damage(self) -> str:
        self.put([{"id": 9, "name": "nine", "price": "cheap", "at": 50}])
        return "price"

    def _source(self, path: Path) -> Source:
        config = {"connection_string": f"sqlite:///{path}", "table": "things", "chunk_rows": 2}
        return source_of("sql_database", config)

    def _execute(self, statement: str, rows: Sequence[Row]) -> None:
        with sqlite3.connect(self._path) as connection:
            if rows:
                connection.executemany(statement, rows)
            else:
                connection.execute(statement)
        connection.close()


@final
class RestLab:
    """An API with one endpoint on this machine."""

    unit = "things"

    def __init__(self, _folder: Path) -> None:
        self._rows: list[Row] = []
        self._answer: bytes | None = None
        lab = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(lab._answer or json.dumps(lab._rows).encode())

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/things"

    @property
    def source(self) -> Source:
        return source_of("rest_api", {"url": self.url})

    @property
    def out_of_reach(self) -> Source:
        return source_of("rest_api", {"url": "http://127.0.0.1:9/things"})

    def put(self, rows: Sequence[Row]) -> None:
        self._rows += rows

    def replace(self, rows: Sequence[Row]) -> None:
        self._rows = [*rows]

    def damage(self) -> str:
        self._answer = b'[{"id": 1,'
        return "/things"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@final
class MemorySourceLab:
    """Rows in memory."""

    unit = "things"

    def __init__(self, _folder: Path) -> None:
        self._rows: list[Row] = []
        self._failures: list[tuple[SourceFailed, int]] = []

    @property
    def source(self) -> Source:
        return MemorySource({"things": self._rows}, failures=self._failures)

    @property
    def out_of_reach(self) -> Source:
        gone = SourceFailed("nobody answers", Category.TRANSIENT, "Wait.")
        return MemorySource({"things": self._rows}, failures=[(gone, 0)], probe=Failure(gone))

    def put(self, rows: Sequence[Row]) -> None:
        self._rows += rows

    def damage(self) -> str:
        bad = SourceFailed("row 3 is torn", Category.PERMANENT, "Mend it.")
        self._failures.append((bad, 3))
        return "row 3"
