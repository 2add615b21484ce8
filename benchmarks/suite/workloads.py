"""The workloads: what the plugin loads, and the plainest program that does the same work."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.json as pajson

from benchmarks.suite import data, limits
from benchmarks.suite.api import serving
from benchmarks.suite.postgres import FILLED, filled_table
from benchmarks.suite.workload import Load, Workload


@final
class Start(Workload):
    name, title, cpu, mb = "start", "Start alone: imports, and a catalog that is opened", 1.5, 250

    def make(self) -> None:
        """Make nothing."""

    @property
    def load(self) -> None:
        return None

    def limit(self, place: Path) -> None:
        limits.catalog_of(place)


@final
class ParquetAppend(Workload):
    name, title, cpu, mb = "parquet", "Parquet, TPC-H lineitem, append", 2.0, 300
    by_dlt = True

    def make(self) -> None:
        data.lineitem(self.folder, self.scale)

    @property
    def load(self) -> Load:
        return Load("filesystem", {"path": str(data.lineitem(self.folder, self.scale)), "format": "parquet"})

    def limit(self, place: Path) -> None:
        (file,) = data.lineitem(self.folder, self.scale).iterdir()
        limits.added(place, Path(shutil.copy(file, limits.new_file(place))))


@final
class CsvAppend(Workload):
    name, title, cpu, mb = "csv", "CSV, half of the rows, append", 1.3, 500
    by_dlt = True

    def make(self) -> None:
        data.csv_files(self.folder, self.scale)

    @property
    def load(self) -> Load:
        return Load("filesystem", {"path": str(data.csv_files(self.folder, self.scale)), "format": "csv"})

    def limit(self, place: Path) -> None:
        (file,) = data.csv_files(self.folder, self.scale).iterdir()
        table = pacsv.read_csv(file)
        limits.added(place, limits.written(place, table.schema, table.to_batches()))


@final
class JsonAppend(Workload):
    name, title, cpu, mb = "jsonl", "JSON lines, an eighth of the rows, append", 1.5, 500
    by_dlt = True

    def make(self) -> None:
        data.json_files(self.folder, self.scale)

    @property
    def load(self) -> Load:
        return Load("filesystem", {"path": str(data.json_files(self.folder, self.scale)), "format": "jsonl"})

    def limit(self, place: Path) -> None:
        (file,) = data.json_files(self.folder, self.scale).iterdir()
        types = pajson.ParseOptions(explicit_schema=pa.schema([pa.field("l_shipdate", pa.string())]))
        table = pajson.read_json(file, parse_options=types)
        limits.added(place, limits.written(place, table.schema, table.to_batches()))


class Upsert(Workload):
    name, cpu, mb = "upsert", 1.5, 600
    title = "Upsert of 100,000 changed and 20,000 new rows into 1.5 million"
    how = data.Changes("upsert", share=4, files=1)

    def make(self) -> None:
        data.base_and_changes(self.folder, self.scale, self.how)

    @property
    def base(self) -> Load:
        return self._load(data.base_and_changes(self.folder, self.scale, self.how)[0])

    @property
    def load(self) -> Load:
        return self._load(data.base_and_changes(self.folder, self.scale, self.how)[1])

    def _load(self, place: Path) -> Load:
        source = {"path": str(place), "format": "parquet", "primary_key": "id"}
        return Load("filesystem", source, "merge")

    def limit_base(self, place: Path) -> None:
        base, _ = data.base_and_changes(self.folder, self.scale, self.how)
        limits.added(
            place, *(Path(shutil.copy(file, limits.new_file(place))) for file in sorted(base.iterdir()))
        )

    def limit(self, place: Path) -> None:
        _, changes = data.base_and_changes(self.folder, self.scale, self.how)
        (file,) = changes.iterdir()
        limits.merged(place, file)


@final
class LargeUpsert(Upsert):
    name, cpu, mb = "large-upsert", 1.3, 800
    title = "The same into 6 million rows in four files, keys all over the table"
    how = data.Changes("large-upsert", share=1, files=4)


@final
class NewestUpsert(Upsert):
    name, cpu, mb = "newest-upsert", 1.3, 600
    title = "The same into 6 million rows in four files, newest keys"
    how = data.Changes("newest-upsert", share=1, files=4, newest=True)


@final
class NoNewFiles(Workload):
    name, title, cpu, mb = "no-files", "A folder without a new file", 1.5, 250

    def make(self) -> None:
        data.csv_files(self.folder, self.scale)

    @property
    def base(self) -> Load:
        return Load("filesystem", {"path": str(data.csv_files(self.folder, self.scale)), "format": "csv"})

    @property
    def load(self) -> Load:
        return self.base

    def limit_base(self, place: Path) -> None:
        CsvAppend(self.folder, self.scale).limit(place)

    def limit(self, place: Path) -> None:
        limits.looked_at(place)
        assert list(data.csv_files(self.folder, self.scale).iterdir())


@final
class NoNewRows(Workload):
    name, title, cpu, mb = "no-rows", "A SQLite table without a new row, by a cursor", 1.5, 250

    def make(self) -> None:
        file = self._database
        if not file.exists():
            with closing(sqlite3.connect(file)) as database, database:
                database.execute("create table t (id integer primary key, name text)")
                rows = ((number, f"row {number}") for number in range(max(10, int(100_000 * self.scale))))
                database.executemany("insert into t values (?, ?)", rows)

    @property
    def _database(self) -> Path:
        return self.folder / "shop.db"

    @property
    def base(self) -> Load:
        where = {"connection_string": f"sqlite:///{self._database}", "table": "t", "cursor_field": "id"}
        return Load("sql_database", where)

    @property
    def load(self) -> Load:
        return self.base

    def limit_base(self, place: Path) -> None:
        limits.added(place, limits.of_query(place, self._database, "select * from t"))

    def limit(self, place: Path) -> None:
        last = limits.looked_at(place)
        with closing(sqlite3.connect(self._database)) as database:
            assert not database.execute("select * from t where id > ?", (last,)).fetchall()


@dataclass
class Api(Workload):
    name, title, cpu, mb = "rest", "REST, 1,000 pages of 100 nested records, append", 2.5, 400
    by_dlt: ClassVar[bool] = True
    answers: list[bytes] = field(default_factory=list)
    delay: ClassVar[float] = 0

    def make(self) -> None:
        self.answers = data.pages(self.scale)

    @contextmanager
    def served(self) -> Iterator[str]:
        with serving(self.answers, self.delay) as address:
            yield address

    @property
    def load(self) -> Load:
        paginator = {"type": "page_number", "base_page": 0, "total_path": None}
        return Load("rest_api", {"url": f"{self.address}/things", "paginator": paginator})

    def limit(self, place: Path) -> None:
        limits.of_api(place, self.address)


@final
class SlowApi(Api):
    name, title, cpu, mb = "slow-rest", "The same, 20 ms for each answer, pages at once", 0.4, 400
    delay, waits, by_dlt = 0.02, True, False

    @property
    def load(self) -> Load:
        paginator = {"type": "page_number", "base_page": 0, "total_path": "pages"}
        client = {"base_url": self.address, "paginator": paginator, "parallel_requests": 4}
        return Load(
            "rest_api", {"client": client, "resources": [{"name": "t", "endpoint": {"path": "counted"}}]}
        )


@final
class PostgresReplace(Workload):
    name, title, cpu, mb = "postgres", "PostgreSQL, half of the rows, replace", 1.2, 500
    by_dlt = True

    def make(self) -> None:
        data.lineitem(self.folder, self.scale)

    @contextmanager
    def served(self) -> Iterator[str]:
        with filled_table(self.folder, self.scale) as url:
            yield url

    @property
    def load(self) -> Load:
        url = self.address.replace("postgresql:", "postgresql+psycopg:", 1)
        return Load("sql_database", {"connection_string": url, "table": FILLED}, "replace")

    def limit(self, place: Path) -> None:
        limits.of_postgres(place, self.address, FILLED)


WORKLOADS: dict[str, type[Workload]] = {
    each.name: each
    for each in (
        Start,
        ParquetAppend,
        PostgresReplace,
        Upsert,
        LargeUpsert,
        NewestUpsert,
        Api,
        SlowApi,
        NoNewFiles,
        NoNewRows,
        CsvAppend,
        JsonAppend,
    )
}
