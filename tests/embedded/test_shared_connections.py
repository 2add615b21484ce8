"""The units of a database's source share connections, and nothing of one load is left for the next."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from floe_ingestion_dlt import DltIngestionPlugin
from tests.platforms import Platform

TABLES = 20


def write(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


@pytest.fixture
def url(tmp_path: Path) -> str:
    tables = [f"CREATE TABLE t{n} AS SELECT {n} AS id" for n in range(TABLES)]
    return write(tmp_path / "shop.db", *tables)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The files of the source's databases to which a connection was opened, one for each connection."""
    files: list[str] = []

    def note(_dialect: Any, _record: Any, arguments: Any, _options: Any) -> None:
        files.extend(str(each) for each in arguments if str(each).endswith("shop.db"))

    sa.event.listen(sa.Engine, "do_connect", note)
    yield files
    sa.event.remove(sa.Engine, "do_connect", note)


def plugin_with(platform: Platform, url: str, **source: Any) -> DltIngestionPlugin:
    config = {"connection_string": url, "tables": "*"} | source
    shop = {"name": "shop", "source_type": "sql_database", "destination_table": "bronze.shop"}
    return platform.a_plugin(sources=[shop | {"source_config": config, "write_mode": "replace"}])


def load_all(plugin: DltIngestionPlugin, threads: int = 1) -> int:
    def load(unit: Any) -> int:
        report = plugin.load(plugin.create_pipeline(unit.config))
        assert report.success, report.error
        return report.rows

    with ThreadPoolExecutor(threads) as executor:
        return sum(executor.map(load, plugin.units("shop")))


def test_units_that_are_loaded_one_after_another_share_one_connection(
    platform: Platform, url: str, opened: list[str]
) -> None:
    plugin = plugin_with(platform, url)
    assert TABLES == load_all(plugin)
    assert 1 == len(opened)


def test_units_in_threads_open_no_more_connections_than_there_are_threads(
    platform: Platform, url: str, opened: list[str]
) -> None:
    plugin = plugin_with(platform, url)
    assert TABLES == load_all(plugin, threads=3)
    assert len(opened) <= 4


def test_shutdown_closes_the_connections_and_a_later_load_opens_another(
    platform: Platform, url: str, opened: list[str]
) -> None:
    plugin = plugin_with(platform, url)
    load_all(plugin)
    plugin.shutdown()
    assert url.removeprefix("sqlite:///") not in open_files()
    plugin.startup()
    load_all(plugin)
    assert 2 == len(opened)


def open_files() -> list[str]:
    folder = Path("/proc/self/fd")
    return [str(each.readlink()) for each in folder.iterdir() if each.is_symlink()]


@pytest.mark.parametrize("how", ["another file", "the same file"])
def test_a_file_that_was_exported_anew_is_read_anew(platform: Platform, url: str, how: str) -> None:
    plugin = plugin_with(platform, url, tables=["t0", "t1"])
    load_all(plugin)
    new, old = platform.folder / "new.db", Path(url.removeprefix("sqlite:///"))
    tables = [f"CREATE TABLE t{n} AS SELECT {n + 100} AS id" for n in range(TABLES)]
    write(new, *tables)
    if how == "another file":
        new.replace(old)
    else:
        old.write_bytes(new.read_bytes())
    load_all(plugin)
    assert [{"id": 100}] == platform.rows("id", table="bronze.t0")


def test_the_log_of_a_file_is_not_applied_to_the_file_that_takes_its_place(
    platform: Platform, url: str
) -> None:
    """An open connection keeps the log (WAL): it would be taken for that of the new file, which is then malformed."""
    old, new = Path(url.removeprefix("sqlite:///")), platform.folder / "new.db"
    write(old, "PRAGMA journal_mode = WAL")
    plugin = plugin_with(platform, url, tables=["t0", "t1"])
    load_all(plugin)
    assert not old.with_name("shop.db-wal").exists()
    write(old, "INSERT INTO t0 VALUES (7)")
    write(new, *(f"CREATE TABLE t{n} AS SELECT {n + 100} AS id" for n in range(TABLES)))
    new.replace(old)
    load_all(plugin)
    assert [{"id": 100}] == platform.rows("id", table="bronze.t0")


def test_a_file_whose_time_of_change_was_kept_is_read_anew(platform: Platform, url: str) -> None:
    """As `cp --preserve` does, or an export that sets the time: the size is the same, too."""
    old, new = Path(url.removeprefix("sqlite:///")), platform.folder / "new.db"
    plugin = plugin_with(platform, url, tables=["t0", "t1"])
    load_all(plugin)
    before = old.stat()
    write(new, *(f"CREATE TABLE t{n} AS SELECT {n + 100} AS id" for n in range(TABLES)))
    old.write_bytes(new.read_bytes())
    os.utime(old, ns=(before.st_atime_ns, before.st_mtime_ns))
    load_all(plugin)
    assert [{"id": 100}] == platform.rows("id", table="bronze.t0")


def test_a_file_that_is_gone_is_missed(platform: Platform, url: str) -> None:
    plugin = plugin_with(platform, url, tables=["t0", "t1"])
    load_all(plugin)
    unit = plugin.units("shop")[0]
    pipeline = plugin.create_pipeline(unit.config)
    Path(url.removeprefix("sqlite:///")).unlink()
    report = plugin.load(pipeline)
    assert "does not exist" in str(report.error)
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_column_that_is_new_in_the_database_is_loaded_by_the_next_run(platform: Platform, url: str) -> None:
    plugin = plugin_with(platform, url, tables=["t0", "t1"])
    load_all(plugin)
    write(Path(url.removeprefix("sqlite:///")), "ALTER TABLE t0 ADD name TEXT", "UPDATE t0 SET name = 'a'")
    load_all(plugin)
    assert [{"id": 0, "name": "a"}] == platform.rows("id", "name", table="bronze.t0")


def test_a_source_that_may_write_does_not_get_the_connection_of_one_that_may_not(
    platform: Platform, url: str
) -> None:
    statement = "INSERT INTO t0 VALUES (7) RETURNING id"
    source = {"source_type": "sql_database", "write_mode": "append"}
    reads = {"connection_string": url, "table": "t0"}
    writes = {"connection_string": url, "query": statement, "read_only": False}
    plugin = platform.a_plugin(
        sources=[
            source | {"name": "reads", "destination_table": "bronze.reads", "source_config": reads},
            source | {"name": "writes", "destination_table": "bronze.writes", "source_config": writes},
        ]
    )
    for name in ("reads", "writes", "reads"):
        report = plugin.load(plugin.create_pipeline(plugin.ingestion_config(name)))
        assert report.success, report.error
