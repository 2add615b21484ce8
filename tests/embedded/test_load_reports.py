"""A load is reported as the table has it: rows, snapshots, columns, cursor, and what ended it."""

from __future__ import annotations

import pickle
from typing import Any

import dlt
import pytest

from floe_ingestion_dlt.domain.events import DelimiterLooksWrong, FilesSkipped, KeyUnused
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.load_warnings import warning_text
from floe_ingestion_dlt.domain.names import TableName
from tests.platforms import TABLE, Platform


def load(platform: Platform, cursor: str | None = None, **options: Any) -> LoadReport:
    pipeline = platform.pipeline(source_config={"cursor_field": cursor} if cursor else {})
    return platform.plugin.load(pipeline, **options)


@pytest.fixture
def shop(platform: Platform) -> Platform:
    platform.csv("a.csv", "id,name\n1,ann\n2,bob\n")
    return platform


def current(platform: Platform) -> Any:
    return platform.catalog.load_table(TABLE).current_snapshot()


def test_the_first_load_makes_the_table_with_all_of_its_columns(shop: Platform) -> None:
    report = load(shop, "id")
    assert (True, 2, None) == (report.success, report.rows, report.before)
    assert (current(shop).snapshot_id,) == report.snapshots
    assert {"id", "name"} == {column.name for column in report.new_columns.columns}
    assert report.after is not None
    assert (2, "id", 2) == (report.after.rows, report.after.cursor.column, report.after.cursor.value)  # type: ignore[union-attr]


def test_a_later_load_moves_the_cursor_and_names_the_column_that_it_added(shop: Platform) -> None:
    load(shop, "id")
    shop.csv("b.csv", "id,name,city\n5,cid,Łódź\n")
    report = load(shop, "id")
    assert report.before is not None
    assert report.after is not None
    assert report.before.cursor is not None
    assert report.after.cursor is not None
    assert (1, 2, 3) == (report.rows, report.before.rows, report.after.rows)
    assert (2, 5) == (report.before.cursor.value, report.after.cursor.value)
    assert ["city"] == [column.name for column in report.new_columns.columns]


def test_a_load_that_finds_nothing_new_has_no_snapshot_and_leaves_the_table(shop: Platform) -> None:
    load(shop, "id")
    report = load(shop, "id")
    assert (True, 0, (), report.after) == (report.success, report.rows, report.snapshots, report.before)


def test_a_load_that_had_landed_is_reported_with_what_it_brought(shop: Platform) -> None:
    first = load(shop, idempotency_key="monday")
    pipeline = shop.pipeline()
    again = shop.plugin.load(pipeline, idempotency_key="monday")
    assert (first.receipts, 2, 1) == (again.receipts, again.rows, shop.snapshots())
    assert first.receipts == pipeline.receipts


def test_a_broken_contract_is_a_fault_with_its_category_and_nothing_has_changed(shop: Platform) -> None:
    load(shop)
    shop.csv("b.csv", "id,name,city\n5,cid,Rome\n")
    report = load(shop, schema_contract="freeze")
    assert report.fault is not None
    assert (False, Category.PERMANENT, 0) == (report.success, report.fault.category, report.rows)
    assert "city" in str(report.error)
    assert report.before == report.after


def test_an_unknown_option_is_a_fault_and_nothing_is_asked(shop: Platform) -> None:
    report = load(shop, write_mode="append")
    assert (False, None, None) == (report.success, report.before, report.after)


def test_run_returns_the_same_figures(shop: Platform) -> None:
    result = shop.plugin.run(shop.pipeline(), idempotency_key="monday")
    report = load(shop, idempotency_key="monday")
    assert (result.success, result.rows_loaded, result.bytes_written) == (
        report.success,
        report.rows,
        report.bytes,
    )


def test_nested_tables_have_receipts_of_their_own(platform: Platform) -> None:
    rows = [{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}]
    pipeline = platform.pipeline(source_config={"path": str(platform.data)})
    report = platform.plugin.load(pipeline, source=dlt.resource(rows, name="orders"))
    landed = {receipt.table: receipt.rows for receipt in report.receipts}
    root = TableName.parse(TABLE).unwrap()
    assert {root: 1, root.sibling("orders__lines"): 2} == landed
    assert 1 == report.rows


def test_a_report_can_be_sent_to_another_process(shop: Platform) -> None:
    report = load(shop, "id")
    assert report == pickle.loads(pickle.dumps(report))  # noqa: S301 - it is our own


class TestWarnings:
    def test_what_the_reading_warned_of_is_in_the_report(self, shop: Platform) -> None:
        shop.csv("a.csv", "id;name\n1;ann\n")
        report = load(shop)
        assert report.success
        (warning,) = report.warnings
        assert isinstance(warning, DelimiterLooksWrong)
        assert (",", ";") == (warning.delimiter, warning.other)
        assert "set reader_options.delimiter to ';', or to auto" in warning_text(warning)
        assert report == pickle.loads(pickle.dumps(report))  # noqa: S301 - its own

    def test_the_next_run_has_its_own_warnings(self, shop: Platform) -> None:
        shop.csv("a.csv", "id;name\n1;ann\n")
        pipeline = shop.pipeline()
        assert 1 == len(shop.plugin.load(pipeline).warnings)
        (shop.data / "a.csv").unlink()
        shop.csv("b.csv", "id,name\n1,ann\n")
        assert () == shop.plugin.load(pipeline).warnings

    def test_files_that_no_pattern_matches_are_warned_of(self, shop: Platform) -> None:
        report = shop.plugin.load(shop.pipeline(source_config={"file_glob": "*.cvs"}))
        (warning,) = report.warnings
        assert isinstance(warning, FilesSkipped)
        assert (1, 0) == (warning.files, report.rows)

    @pytest.mark.parametrize("mode", ["append", "replace"])
    def test_a_key_that_the_write_mode_does_not_use_is_warned_of(self, shop: Platform, mode: str) -> None:
        pipeline = shop.pipeline(source_config={"primary_key": "id"}, write_mode=mode)
        assert (KeyUnused(("id",), mode),) == shop.plugin.load(pipeline).warnings

    def test_a_key_that_a_merge_uses_is_not(self, shop: Platform) -> None:
        pipeline = shop.pipeline(source_config={"primary_key": "id"}, write_mode="merge")
        assert () == shop.plugin.load(pipeline).warnings
