from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, UUIDType

from floe_ingestion_dlt.domain.events import SliceStaged
from tests.catalogs import sqlite_catalog
from tests.embedded.sliced import (
    KINDS,
    ORDERS,
    POOLS,
    at_once,
    content,
    in_slices,
    processes,
    snapshots,
    source,
    threads,
)
from tests.platforms import Platform


class TestLoadInSlices:
    @pytest.mark.parametrize("pool", POOLS)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("mode", ["append", "replace"])
    def test_the_table_equals_that_of_a_load_at_once(
        self, platform: Platform, kind: str, pool: str, mode: str
    ) -> None:
        """Each load is one snapshot with each row once, in the same columns."""
        shops = [source(platform, kind, name, write_mode=mode) for name in ("shop", "whole")]
        plugin = platform.a_plugin(sources=shops)
        with POOLS[pool]() as workers:
            for load in (1, 2):
                report = in_slices(plugin, workers)
                assert (None, len(ORDERS), load) == (report.error, report.rows, snapshots(platform))
                whole = at_once(plugin, "whole")
                assert (report.rows, report.after) == (whole.rows, whole.after)
                assert content(platform, "whole") == content(platform)

    def test_rows_without_a_key_are_loaded_once(self, platform: Platform) -> None:
        shop = source(platform, "sqlite")
        with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
            connection.execute("create table notes (id integer, note varchar(9))")
            connection.execute("create index by_id on notes (id)")
            rows = [(number or None, "x") for number in range(10)] + [(None, "y")]
            connection.executemany("insert into notes values (?, ?)", rows)
        shop["source_config"]["table"] = "notes"
        with threads() as workers:
            report = in_slices(platform.a_plugin(sources=[shop]), workers, slice_by="id")
        assert (None, 11) == (report.error, report.rows)
        assert [None, None, *range(1, 10)] == [row["id"] for row in content(platform)[1]]

    def test_a_merge_by_the_key_of_the_slices_is_the_same(self, platform: Platform) -> None:
        shops = [
            source(platform, "sqlite", name, write_mode="merge", primary_key="id")
            for name in ("shop", "whole")
        ]
        plugin = platform.a_plugin(sources=shops)
        with threads() as workers:
            for price in (1, 2):
                with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
                    connection.execute("update orders set price = ? where id % 2", [price])
                reports = in_slices(plugin, workers), at_once(plugin, "whole")
                assert [None, None] == [report.error for report in reports]
                assert content(platform, "whole") == content(platform)

    def test_an_empty_table_empties_the_one_it_replaces(self, platform: Platform) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "sqlite", write_mode="replace")])
        with threads() as workers:
            assert in_slices(plugin, workers).rows == len(ORDERS)
            with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
                connection.execute("delete from orders")
            assert (None, 0) == ((report := in_slices(plugin, workers)).error, report.rows)
        assert [] == content(platform)[1]

    def test_a_folder_without_files_loads_nothing(self, platform: Platform) -> None:
        shop = source(platform, "csv", source_config={"include_glob": "*.none"})
        with threads() as workers:
            report = in_slices(platform.a_plugin(sources=[shop]), workers)
        assert (None, 0, None) == (report.error, report.rows, report.after)

    def test_a_key_that_has_landed_is_not_read_again(self, platform: Platform) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
        with threads() as workers:
            first = in_slices(plugin, workers, idempotency_key="run-1")
            again = in_slices(plugin, workers, idempotency_key="run-1")
        assert (first.receipts, first.rows, 1) == (again.receipts, again.rows, snapshots(platform))

    def test_each_slice_is_reported(self, platform: Platform) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
        with threads() as workers:
            in_slices(plugin, workers, 3)
        staged = [e.event for e in platform.telemetry.events if isinstance(e.event, SliceStaged)]
        assert [(1, 3), (2, 3), (3, 3)] == sorted((event.number, event.slices) for event in staged)
        assert len(ORDERS) == sum(event.rows for event in staged)


class TestColumns:
    @pytest.mark.parametrize("kind", ["csv", "jsonl"])
    def test_a_column_that_only_a_later_file_has_is_added(self, platform: Platform, kind: str) -> None:
        """The slices without it are not read again."""
        shops = [source(platform, kind, name) for name in ("shop", "whole")]
        line = '{"id": 9999, "note": "new"}' if kind == "jsonl" else "id,note\n9999,new"
        (platform.data / f"orders-zz.{kind}").write_text(line + "\n")
        plugin = platform.a_plugin(sources=shops)
        with threads() as workers:
            reports = in_slices(plugin, workers), at_once(plugin, "whole")
        assert [None, None] == [report.error for report in reports]
        assert (content(platform, "whole"), 1) == (content(platform), snapshots(platform))

    def test_a_frozen_table_refuses_a_new_column(self, platform: Platform) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "csv", schema_contract="freeze")])
        with threads() as workers:
            assert in_slices(plugin, workers).error is None
            (platform.data / "orders-zz.csv").write_text("id,note\n9999,new\n")
            report = in_slices(plugin, workers)
        assert "ContractViolated: schema contract 'freeze'" in str(report.error)
        assert 1 == snapshots(platform)

    def test_discarded_values_are_counted(self, platform: Platform) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "csv", schema_contract="discard_value")])
        with threads() as workers:
            assert in_slices(plugin, workers).error is None
            (platform.data / "orders-zz.csv").write_text("id,note\n9999,new\n")
            report = in_slices(plugin, workers)
        assert (None, [("note", 1)]) == (report.error, [(d.column, d.rows) for d in report.discarded])

    def test_uuids_stay_uuids(self, platform: Platform) -> None:
        (platform.data / "orders.csv").write_text("id,key\n1,9f1f0b0e-6d2e-4c0d-8f57-111111111111\n")
        platform.catalog.create_namespace("bronze")
        columns = NestedField(1, "id", LongType()), NestedField(2, "key", UUIDType())
        for name in ("shop", "whole"):
            platform.catalog.create_table(f"bronze.{name}", Schema(*columns))
        files = {"path": str(platform.data), "format": "csv"}
        shops = [
            {
                "name": name,
                "source_type": "filesystem",
                "source_config": files,
                "destination_table": f"bronze.{name}",
            }
            for name in ("shop", "whole")
        ]
        plugin = platform.a_plugin(sources=shops)
        with threads() as workers:
            assert [None, None] == [in_slices(plugin, workers).error, at_once(plugin, "whole").error]
        assert content(platform, "whole") == content(platform)


class TestRanges:
    def test_one_key_far_away_does_not_make_one_slice_of_the_others(self, platform: Platform) -> None:
        shops = [source(platform, "sqlite", name) for name in ("shop", "whole")]
        with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
            connection.execute("insert into orders (id) values (9000000000000000000), (-9000000000000000000)")
        plugin = platform.a_plugin(sources=shops)
        with threads() as workers:
            reports = in_slices(plugin, workers), at_once(plugin, "whole")
        assert [None, None] == [report.error for report in reports]
        assert content(platform, "whole") == content(platform)
        staged = [e.event.rows for e in platform.telemetry.events if isinstance(e.event, SliceStaged)]
        assert max(staged) <= len(ORDERS) // 3

    def test_an_index_of_some_rows_finds_no_ranges(self, platform: Platform) -> None:
        shop = source(platform, "sqlite")
        with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
            connection.execute("create index some on orders (day) where state = 's1'")
        with threads() as workers:
            report = in_slices(platform.a_plugin(sources=[shop]), workers, slice_by="day")
        assert "table orders: no index begins with its column day" in str(report.error)


class TestRefused:
    @pytest.mark.parametrize(
        ("fields", "options", "message"),
        [
            ({"cursor_field": "id"}, {}, "it reads new rows by the cursor id"),
            ({"source_config": {"table": None, "query": "select 1 as id"}}, {}, "a query has no key"),
            ({}, {"slice_by": "state"}, "table orders: its key state is not a number, a date or a timestamp"),
            ({}, {"slice_by": "day"}, "table orders: no index begins with its column day"),
            ({}, {"slice_by": "nope"}, "table orders: it has no column nope"),
            ({"write_mode": "merge", "primary_key": "state"}, {}, "rows with the same key (state)"),
            ({}, {"source": [{"id": 1}]}, "only the plan's own source can be read"),
        ],
    )
    def test_what_cannot_be_sliced_is_not_read(
        self, platform: Platform, fields: dict[str, Any], options: dict[str, Any], message: str
    ) -> None:
        shop = source(platform, "sqlite", **fields)
        shop["source_config"] = {key: value for key, value in shop["source_config"].items() if value}
        with threads() as workers:
            report = in_slices(platform.a_plugin(sources=[shop]), workers, **options)
        assert f"[CONFIGURATION] NotSliceable: cannot be sliced: {message}" in str(report.error)

    def test_files_have_no_key(self, platform: Platform) -> None:
        with threads() as workers:
            report = in_slices(platform.a_plugin(sources=[source(platform, "csv")]), workers, slice_by="id")
        assert "cannot be sliced: files have no key" in str(report.error)

    @pytest.mark.parametrize("n", [0, -1, True, 2.0, "3", None, 10**9], ids=repr)
    def test_a_number_that_counts_no_slices(self, platform: Platform, n: Any) -> None:
        with threads() as workers:
            report = in_slices(platform.a_plugin(sources=[source(platform, "sqlite")]), workers, n)
        assert "cannot be used (source sql_database" in str(report.error)
        assert "Set n to the number of slices, from 1 to 10000" in str(report.error)


class TestWorkersInOtherProcesses:
    def test_no_credentials_are_sent(self, platform: Platform) -> None:
        shop = source(platform, "sqlite", credentials="s3cr3t")
        with processes() as workers:
            report = in_slices(platform.a_plugin(sources=[shop]), workers)
        assert "WorkerUnusable" in str(report.error)
        assert "contains credentials, and these are not sent to workers" in str(report.error)

    def test_workers_can_make_a_configuration_of_their_own(self, platform: Platform) -> None:
        shop = source(platform, "sqlite", credentials="s3cr3t")
        plugin = platform.a_plugin(sources=[shop])
        config = Config(platform.folder)
        with processes() as workers:
            report = in_slices(plugin, workers, worker_config=config)
        assert (None, len(ORDERS)) == (report.error, report.rows)

    @pytest.mark.parametrize(("field", "what"), [("source", "source"), ("catalog", "catalog")])
    def test_a_configuration_of_something_else_is_refused(
        self, platform: Platform, field: str, what: str
    ) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
        with processes() as workers:
            report = in_slices(plugin, workers, worker_config=Config(platform.folder, field))
        assert f"their configuration has another {what} than the pipeline" in str(report.error)
        assert report.after is None or report.after.rows == 0

    def test_a_configuration_that_cannot_be_read_says_so(self, platform: Platform) -> None:
        plugin = platform.a_plugin(sources=[source(platform, "sqlite")])
        with processes() as workers:
            report = in_slices(plugin, workers, worker_config=Config(platform.folder, "a file that is gone"))
        assert "WorkerUnusable" in str(report.error)
        assert "worker_config failed: FileNotFoundError" in str(report.error)

    def test_a_source_that_is_not_configured_is_refused(self, platform: Platform) -> None:
        platform.csv("orders.csv", "id\n1\n")
        with processes() as workers:
            report = platform.plugin.load_in_slices(platform.pipeline(), 2, workers)
        assert "no source is configured for bronze.orders" in str(report.error)

    def test_threads_need_no_configured_source(self, platform: Platform) -> None:
        platform.csv("orders.csv", "id\n1\n")
        with ThreadPoolExecutor() as workers:
            assert 1 == platform.plugin.load_in_slices(platform.pipeline(), 2, workers).rows


class Config:
    """The configuration in a worker; *other* is what differs from the plugin's."""

    def __init__(self, folder: Path, other: str = "") -> None:
        self.folder, self.other = folder, other

    def __call__(self) -> dict[str, Any]:
        if self.other == "a file that is gone":
            (self.folder / "settings.json").read_text()
        name = "elsewhere" if self.other == "catalog" else ""
        table = "others" if self.other == "source" else "orders"
        where = {"connection_string": f"sqlite:///{self.folder}/shop.db", "table": table}
        shop = {
            "name": "shop",
            "source_type": "sql_database",
            "source_config": where,
            "destination_table": "bronze.shop",
            "credentials": "s3cr3t",
        }
        return {"catalog_config": sqlite_catalog(self.folder / name), "sources": [shop]}
