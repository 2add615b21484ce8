"""Loads in slices of a real PostgreSQL, whose rows change meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from returns.result import Failure

from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.ports.slicing import SliceTask
from tests.catalogs import sqlite_catalog
from tests.embedded.sliced import at_once, content, in_slices, processes, snapshots, threads
from tests.platforms import Platform
from tests.services.environment import needed

ROWS = 1_000


@pytest.fixture
def orders() -> Iterator[str]:
    """The name of a table of orders with a key, an indexed moment, and types that have to stay as they are."""
    engine, name = sa.create_engine(needed("DATABASE_URL")), f"orders_{uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"create table {name} as select i as id, now() - i * interval '1 hour' as at, date '2026-01-01' + i as day,"
            f" (i / 3.0)::numeric(12, 2) as price, md5(i::text)::uuid as key, array[i] as list"
            f" from generate_series(1, {ROWS}) i"
        )
        connection.exec_driver_sql(f"alter table {name} add primary key (id)")
        connection.exec_driver_sql(f"create index on {name} (at)")
        connection.exec_driver_sql(f"create index on {name} (day)")
    yield name
    with engine.begin() as connection:
        connection.exec_driver_sql(f"drop table {name}")
    engine.dispose()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    made = Platform(tmp_path)
    yield made
    made.plugin.shutdown()


def sources(table: str) -> list[dict[str, Any]]:
    where = {"connection_string": needed("DATABASE_URL"), "table": table}
    return [
        {
            "name": name,
            "source_type": "sql_database",
            "source_config": where,
            "destination_table": f"bronze.{name}",
        }
        for name in ("shop", "whole")
    ]


class Configuration:
    """The configuration in a worker, which has the database's password in its environment."""

    def __init__(self, folder: Path, table: str) -> None:
        self.folder, self.table = folder, table

    def __call__(self) -> DltIngestionConfig:
        return DltIngestionConfig(catalog_config=sqlite_catalog(self.folder), sources=sources(self.table))


@pytest.mark.parametrize("by", [None, "at", "day"])
def test_the_table_equals_that_of_a_load_at_once(platform: Platform, orders: str, by: str | None) -> None:
    plugin = platform.a_plugin(sources=sources(orders))
    with threads() as workers:
        reports = in_slices(plugin, workers, slice_by=by), at_once(plugin, "whole")
    assert [(None, ROWS)] * 2 == [(report.error, report.rows) for report in reports]
    assert (content(platform, "whole"), 1) == (content(platform), snapshots(platform))


def test_processes_get_the_password_from_their_environment(platform: Platform, orders: str) -> None:
    plugin = platform.a_plugin(sources=sources(orders))
    with processes() as workers:
        refused = in_slices(plugin, workers)
        config = Configuration(platform.folder, orders)
        report = in_slices(plugin, workers, worker_config=config)
    assert "contains credentials, and these are not sent" in str(refused.error)
    assert (None, ROWS) == (report.error, report.rows)


class AfterEach(ThreadPoolExecutor):
    """Calls a function after each task."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__(1)
        self._act = act

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        def work_then_act() -> Any:
            done = work(*args, **kwargs)
            self._act()
            return done

        return super().submit(work_then_act)


def test_all_slices_see_one_moment(platform: Platform, orders: str) -> None:
    """A row that gets another key while slices are read is neither twice in the table nor lost."""
    engine = sa.create_engine(needed("DATABASE_URL"))

    def change() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"update {orders} set id = id + {10 * ROWS} where id <= {ROWS // 3}")
            connection.exec_driver_sql(
                f"update {orders} set id = -id where id between {ROWS // 2} and {ROWS}"
            )

    plugin = platform.a_plugin(sources=sources(orders))
    workers: Executor
    with AfterEach(change) as workers:
        report = in_slices(plugin, workers)
    engine.dispose()
    assert (None, ROWS) == (report.error, report.rows)
    assert [*range(1, ROWS + 1)] == [row["id"] for row in content(platform)[1]]


def test_a_retry_of_the_same_run_sees_the_same_moment(platform: Platform, orders: str) -> None:
    """Rows that move into slices that were read before are not lost."""
    engine = sa.create_engine(needed("DATABASE_URL"))

    class FailingOnce(ThreadPoolExecutor):
        has_failed = False

        def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if args[0].part.number < 4 or self.has_failed:
                return super().submit(work, *args, **kwargs)
            self.has_failed = True
            return super().submit(fail)

    def fail() -> Failure[SourceFailed]:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"update {orders} set id = -id where id > {ROWS - 10}")
        return Failure(SourceFailed("busy", Category.TRANSIENT, "Wait."))

    with FailingOnce(1) as workers:
        report = in_slices(platform.a_plugin(sources=sources(orders)), workers)
    engine.dispose()
    assert (None, ROWS, 1) == (report.error, report.rows, report.retries)
    assert [*range(1, ROWS + 1)] == [row["id"] for row in content(platform)[1]]


def test_a_run_whose_snapshot_is_lost_reads_the_rest_in_another_one(platform: Platform, orders: str) -> None:
    """The server ends the connection that holds it, after each slice."""
    engine = sa.create_engine(needed("DATABASE_URL"))

    class Ending(ThreadPoolExecutor):
        def submit(self, work: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
            return super().submit(work_then_end, work, *args)

    def work_then_end(work: Callable[..., Any], task: SliceTask) -> Any:
        done = work(task)
        end(str(task.part.snapshot))
        return done

    def end(snapshot: str) -> None:
        """A snapshot is named after the transaction."""
        backend, transaction, _ = (int(part, 16) for part in snapshot.split("-"))
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "select pg_terminate_backend(pid) from pg_locks"
                f" where virtualxid = '{backend}/{transaction}' and pid <> pg_backend_pid()"
            )

    with Ending(1) as workers:
        report = in_slices(platform.a_plugin(sources=sources(orders)), workers)
    engine.dispose()
    assert (None, ROWS, 3) == (report.error, report.rows, report.retries)
    assert [*range(1, ROWS + 1)] == [row["id"] for row in content(platform)[1]]


def test_no_transaction_is_left_open(platform: Platform, orders: str) -> None:
    plugin = platform.a_plugin(sources=sources(orders))
    with threads() as workers:
        in_slices(plugin, workers)
    query = (
        "select count(*) from pg_stat_activity where application_name = 'floe-ingestion-dlt'"
        " and state like 'idle in transaction%%'"
    )
    engine = sa.create_engine(needed("DATABASE_URL"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # Other tests have transactions for a moment; one that is left stays.
        for _ in range(100):
            if not (left := connection.exec_driver_sql(query).scalar_one()):
                break
            time.sleep(0.1)
        assert 0 == left
