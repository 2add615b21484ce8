"""Rows that are gone in a database are deleted, flagged or ended by a merge, with a cursor and without one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import LoadReport, Window
from floe_ingestion_dlt.domain.events import SourceWithoutKeys
from floe_ingestion_dlt.domain.faults import DeletesRefused, Invalid, NotSliceable
from tests.platforms import TABLE, Platform

CURSORS: Final = pytest.mark.parametrize("cursor", [None, "at"], ids=["all rows", "cursor"])
ALL: Final = "100%"


class Shop:
    """A database with a table of orders, which have an id, a name and a time."""

    def __init__(self, platform: Platform, cursor: str | None) -> None:
        self.platform, self.cursor = platform, cursor
        self.file = platform.folder / "shop.db"
        self.do("create table orders (id, name, at)")
        self.add(*range(10))

    def do(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(statement, values)

    def add(self, *ids: object) -> None:
        for id_ in ids:
            self.do("insert into orders select ?, ?, coalesce(max(at), 0) + 1 from orders", id_, f"n{id_}")

    def remove(self, *ids: object) -> None:
        for id_ in ids:
            self.do("delete from orders where id = ?", id_)

    def pipeline(self, **options: Any) -> Any:
        source = {"connection_string": f"sqlite:///{self.file}"} | options.pop("source", {"table": "orders"})
        settings = {"primary_key": "id", "delete_missing": "keys", "cursor_field": self.cursor} | options
        return self.platform.plugin.create_pipeline(
            IngestionConfig(
                source_type="sql_database",
                source_config=source | settings,
                destination_table=TABLE,
                write_mode="merge",
            )
        )

    def report(self, run: Any = None, **options: Any) -> LoadReport:
        return self.platform.plugin.load(self.pipeline(**options), **(run or {}))

    def load(self, run: Any = None, **options: Any) -> LoadReport:
        report = self.report(run, **options)
        assert report.success, report.error
        return report

    @property
    def ids(self) -> list[Any]:
        return sorted(row["id"] for row in self.platform.rows("id"))

    def flags(self, column: str = "is_gone") -> dict[Any, Any]:
        return {row["id"]: row[column] for row in self.platform.rows("id", column)}


@pytest.fixture
def shop(platform: Platform, cursor: str | None) -> Shop:
    return Shop(platform, cursor)


@CURSORS
class TestDeletes:
    def test_a_row_that_is_gone_is_deleted_in_the_snapshot_of_the_load(self, shop: Shop) -> None:
        shop.load()
        shop.remove(3)
        shop.add(20)
        report = shop.load()
        assert [0, 1, 2, *range(4, 10), 20] == shop.ids
        assert (1, 1, 2) == (report.deleted, len(report.snapshots), shop.platform.snapshots())

    def test_it_is_deleted_also_if_nothing_else_is_new(self, shop: Shop) -> None:
        shop.load()
        shop.remove(9)
        assert 1 == shop.load().deleted
        assert [*range(9)] == shop.ids
        assert 0 == shop.load().deleted

    def test_more_than_the_limit_are_refused_and_nothing_is_written(self, shop: Shop) -> None:
        shop.load()
        shop.remove(3, 4)
        shop.add(20)
        report = shop.report()
        assert isinstance(fault := report.fault, DeletesRefused)
        assert (2, 10, "10%") == (fault.gone, fault.rows, fault.limit)
        assert "max_deletes to 2" in fault.next_step
        assert [*range(10)] == shop.ids
        assert 2 == shop.load(max_deletes=2).deleted
        assert [0, 1, 2, *range(5, 10), 20] == shop.ids

    def test_an_empty_source_never_empties_the_table(self, shop: Shop) -> None:
        shop.load()
        shop.do("delete from orders")
        report = shop.load(max_deletes=ALL)
        assert [*range(10)] == shop.ids
        assert SourceWithoutKeys("orders") in report.warnings

    def test_the_first_load_of_a_table_deletes_nothing(self, shop: Shop) -> None:
        assert (10, 0) == ((report := shop.load()).rows, report.deleted)
        assert () == report.warnings

    def test_a_key_that_is_changed_goes_under_its_old_value(self, shop: Shop) -> None:
        shop.load()
        shop.do("update orders set id = 30, at = 99 where id = 3")
        assert 1 == shop.load().deleted
        assert [0, 1, 2, *range(4, 10), 30] == shop.ids

    def test_keys_are_compared_as_their_columns_are_masked_and_named(self, shop: Shop) -> None:
        query = 'select id as "Order ID", name, at from orders -- of all shops'
        mask = {"mask": {"Order ID": "hash"}, "mask_secret": "s"}
        options: dict[str, Any] = {"source": {"query": query} | mask, "primary_key": "Order ID"}
        shop.load(**options)
        shop.remove(3)
        assert 1 == shop.load(**options).deleted
        assert 9 == len(shop.platform.rows("order_id"))

    def test_a_key_that_is_not_stored_is_refused(self, shop: Shop) -> None:
        fault = shop.report(mask={"id": "drop"}).fault
        assert isinstance(fault, Invalid)
        assert "primary_key" == fault.field

    def test_texts_are_compared_by_their_exact_characters(self, shop: Shop) -> None:
        shop.do("delete from orders")
        shop.add("a", "A", "a ", "é", "e\u0301")
        shop.load()
        shop.remove("A", "e\u0301")
        assert 2 == shop.load(max_deletes=ALL).deleted
        assert ["a", "a ", "é"] == shop.ids

    def test_a_window_deletes_no_row_outside_or_inside(self, shop: Shop) -> None:
        shop.load()
        shop.remove(1, 8)
        assert 0 == shop.load({"window": Window("at", 0, 5)}).deleted
        assert [*range(10)] == shop.ids

    def test_a_refresh_needs_no_limit(self, shop: Shop) -> None:
        shop.load()
        shop.remove(*range(5))
        assert 5 == shop.load({"refresh": True}).rows
        assert [*range(5, 10)] == shop.ids

    def test_slices_are_refused(self, shop: Shop) -> None:
        with ThreadPoolExecutor(2) as workers:
            report = shop.platform.plugin.load_in_slices(shop.pipeline(), 2, workers)
        assert isinstance(report.fault, NotSliceable)


@CURSORS
class TestFlags:
    def test_a_row_that_is_gone_stays_and_is_flagged_until_it_comes_back(self, shop: Shop) -> None:
        shop.load(soft_delete="Is Gone")
        shop.remove(3)
        assert 1 == shop.load(soft_delete="Is Gone").deleted
        assert {id_: id_ == 3 for id_ in range(10)} == shop.flags()
        assert 0 == shop.load(soft_delete="Is Gone").deleted
        shop.do("insert into orders values (3, 'back', 2)")
        assert 0 == shop.load(soft_delete="Is Gone").deleted
        assert dict.fromkeys(range(10), False) == shop.flags()

    def test_a_table_without_the_column_gets_it(self, shop: Shop) -> None:
        shop.load()
        shop.remove(3)
        assert 1 == shop.load(soft_delete="is_gone").deleted
        assert [3] == [id_ for id_, flag in shop.flags().items() if flag]

    def test_a_column_that_the_source_sends_is_refused_with_new_rows_and_without(self, shop: Shop) -> None:
        shop.load()
        for _ in range(2):
            fault = shop.report(soft_delete="NAME").fault
            assert isinstance(fault, Invalid)
            assert "soft_delete" == fault.field
            shop.add(20)

    def test_a_column_that_is_no_boolean_is_refused(self, shop: Shop) -> None:
        shop.load()
        error = shop.report(soft_delete="name", columns={"name": "drop"}).error
        assert error is not None
        assert "name is of type string" in error


@CURSORS
class TestVersions:
    def test_the_version_of_a_row_that_is_gone_ends(self, shop: Shop) -> None:
        shop.load(merge_strategy="scd2")
        shop.remove(3)
        shop.do("update orders set name = 'new', at = 99 where id = 4")
        assert 1 == shop.load(merge_strategy="scd2").deleted
        assert [*range(10), 4] == [*sorted({*shop.ids}), *_twice(shop.ids)]
        shop.remove(5, 6)
        assert isinstance(shop.report(merge_strategy="scd2").fault, DeletesRefused)


def _twice(ids: Sequence[Any]) -> list[Any]:
    return sorted({id_ for id_ in ids if ids.count(id_) > 1})


class TestCursors:
    """The keys are those of all rows, whatever the cursor leaves out."""

    @pytest.mark.parametrize(
        "options", [{"initial_value": 5}, {"end_value": 100}, {"lag": 3}, {"on_null": "exclude"}]
    )
    def test_options_of_a_cursor_leave_no_key_out(self, platform: Platform, options: dict[str, Any]) -> None:
        shop = Shop(platform, None)
        shop.load()
        shop.do("insert into orders values (50, 'null', null)")
        cursor = {"column": "at", "on_null": "exclude", **options}
        shop.remove(3)
        report = shop.load(cursor=cursor, cursor_field=None)
        assert 1 == report.deleted
        assert {*range(10)} - {3} == {*shop.ids} - {50}

    def test_a_row_that_the_cursor_excludes_is_not_gone(self, platform: Platform) -> None:
        shop = Shop(platform, None)
        shop.load()
        shop.do("update orders set at = null where id = 4")
        assert 0 == shop.load(cursor={"column": "at", "on_null": "exclude"}, cursor_field=None).deleted
        assert [*range(10)] == shop.ids

    def test_keys_without_a_value_are_none(self, platform: Platform) -> None:
        shop = Shop(platform, "at")
        shop.load()
        shop.do("update orders set id = null")
        assert (
            0
            == shop.load(max_deletes=ALL, cursor={"column": "at", "end_value": 0}, cursor_field=None).deleted
        )
        assert [*range(10)] == shop.ids


class TestOtherData:
    def test_data_of_a_run_is_all_of_the_source(self, platform: Platform) -> None:
        shop = Shop(platform, None)
        shop.load()
        rows = [{"id": id_, "name": "x", "at": 1} for id_ in range(9)]
        assert 1 == shop.load({"source": rows}).deleted
        assert [*range(9)] == shop.ids

    def test_a_resource_with_a_cursor_is_refused(self, platform: Platform) -> None:
        shop = Shop(platform, None)

        @dlt.resource(name="orders")
        def orders(at: Any = dlt.sources.incremental("at")) -> Any:  # noqa: B008 - dlt's way
            yield {"id": 1, "at": at.last_value or 1}

        for cursor in (None, "at"):
            fault = shop.report({"source": orders}, cursor_field=cursor).fault
            assert isinstance(fault, Invalid)
            assert "delete_missing" == fault.field
