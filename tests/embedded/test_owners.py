"""A table belongs to one source: what another would put there is refused, whoever comes first and from wherever."""

from __future__ import annotations

from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionResult

from tests.platforms import Platform, Row

ORDERS, ITEMS = "bronze.orders", "bronze.orders__items"
ORDER: Row = {"id": 1, "items": [{"sku": "x"}, {"sku": "y"}]}
ITEM: Row = {"id": 9, "sku": "zzz"}


def load(platform: Platform, table: str, rows: list[Row], **options: Any) -> IngestionResult:
    """A load by a plugin that has seen no other one, on a host of its own."""
    platform.plugin = platform.a_plugin(pipelines_dir=str(platform.folder / f"host-{table}"))
    return platform.load(rows, table=table, **options)


def loaded(platform: Platform, table: str, rows: list[Row], **options: Any) -> None:
    result = load(platform, table, rows, **options)
    assert result.success, result.errors


def refused(platform: Platform, table: str, rows: list[Row], **options: Any) -> str:
    result = load(platform, table, rows, **options)
    assert (False, 0) == (result.success, result.rows_loaded)
    (error,) = result.errors
    assert "[CONFIGURATION] TableTaken" in error
    return error


def change_property(platform: Platform, table: str, value: str | None) -> None:
    with platform.catalog.load_table(table).transaction() as change:
        change.remove_properties("floe.root")
        if value is not None:
            change.set_properties({"floe.root": value})


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_nested_table_takes_no_rows_of_another_source(platform: Platform, mode: str) -> None:
    loaded(platform, ORDERS, [ORDER])
    error = refused(platform, ITEMS, [ITEM], write_mode=mode)
    assert f"{ITEMS} is a nested table of {ORDERS}" in error
    assert [{"sku": "x"}, {"sku": "y"}] == platform.rows("sku", table=ITEMS)
    assert 1 == platform.snapshots(ITEMS)
    loaded(platform, ORDERS, [ORDER], write_mode="replace")
    assert [{"sku": "x"}, {"sku": "y"}] == platform.rows("sku", table=ITEMS)


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_table_of_another_source_takes_no_nested_rows(platform: Platform, mode: str) -> None:
    loaded(platform, ITEMS, [ITEM])
    error = refused(platform, ORDERS, [ORDER], write_mode=mode)
    assert f"{ITEMS} is the table of another source, and cannot take rows nested in {ORDERS}" in error
    assert [ITEM] == platform.rows(table=ITEMS)
    assert not platform.catalog.table_exists(ORDERS)
    loaded(platform, ORDERS, [{"id": 1}])


def test_rows_nested_in_two_tables_do_not_meet_in_one(platform: Platform) -> None:
    loaded(platform, "bronze.a__b", [{"id": 1, "c": [{"n": 1}]}])
    error = refused(platform, "bronze.a", [{"id": 1, "b__c": [{"n": 2}]}])
    assert (
        "bronze.a__b__c is a nested table of bronze.a__b, and cannot take rows nested in bronze.a (" in error
    )
    assert [{"n": 1}] == platform.rows("n", table="bronze.a__b__c")


def test_a_load_that_brings_no_nested_rows_does_not_empty_what_is_now_the_table_of_another(
    platform: Platform,
) -> None:
    loaded(platform, ORDERS, [ORDER])
    platform.catalog.drop_table(ITEMS)
    loaded(platform, ITEMS, [ITEM])
    refused(platform, ORDERS, [{"id": 2}], write_mode="replace")
    assert [ITEM] == platform.rows(table=ITEMS)


def test_flat_tables_with_such_names_are_loaded_side_by_side(platform: Platform) -> None:
    loaded(platform, ORDERS, [{"id": 1}])
    loaded(platform, "bronze.orders__archive", [{"id": 2}])
    loaded(platform, ORDERS, [{"id": 3, "items": [{"sku": "x"}]}])
    loaded(platform, "bronze.orders__archive", [{"id": 4, "items": [{"sku": "y"}]}])
    assert [{"sku": "y"}] == platform.rows("sku", table="bronze.orders__archive__items")


class TestRenamed:
    def test_a_root_and_its_nested_tables_belong_together_under_their_new_names(
        self, platform: Platform
    ) -> None:
        loaded(platform, ORDERS, [ORDER])
        platform.catalog.rename_table(ORDERS, "bronze.sales")
        platform.catalog.rename_table(ITEMS, "bronze.sales__items")
        assert "TableTaken" not in str(load(platform, "bronze.sales", [ORDER]).errors)
        assert "bronze.sales" == platform.catalog.load_table("bronze.sales__items").properties["floe.root"]
        refused(platform, "bronze.sales__items", [ITEM])

    def test_a_nested_table_may_become_one_of_its_own(self, platform: Platform) -> None:
        loaded(platform, ORDERS, [ORDER])
        platform.catalog.rename_table(ITEMS, "bronze.items")
        loaded(platform, "bronze.items", [{"sku": "z"}])
        loaded(platform, "bronze.items", [{"sku": "z", "tags": [{"t": 1}]}])
        assert 4 == len(platform.rows("sku", table="bronze.items"))

    def test_a_table_of_another_source_stays_one(self, platform: Platform) -> None:
        loaded(platform, "bronze.items", [ITEM])
        platform.catalog.rename_table("bronze.items", ITEMS)
        refused(platform, ORDERS, [ORDER])
        assert "TableTaken" not in str(load(platform, ITEMS, [ITEM]).errors)


class TestTablesWithoutAnOwner:
    """Tables that an older version made, or somebody else."""

    def test_belong_to_the_first_that_writes_them(self, platform: Platform) -> None:
        loaded(platform, ORDERS, [ORDER])
        change_property(platform, ORDERS, None)
        change_property(platform, ITEMS, None)
        loaded(platform, ORDERS, [ORDER])
        refused(platform, ITEMS, [ITEM])
        assert "self" == platform.catalog.load_table(ORDERS).properties["floe.root"]

    def test_belong_to_nobody_before(self, platform: Platform) -> None:
        loaded(platform, ORDERS, [{"id": 1}])
        change_property(platform, ORDERS, None)
        loaded(platform, ORDERS, [{"id": 2}], schema_contract="freeze")
        assert [{"id": 1}, {"id": 2}] == platform.rows("id")

    @pytest.mark.parametrize("value", ["", ".", "orders", "a..b", "bronze.", "Ü.☃"])
    def test_are_those_whose_owner_cannot_be_read(self, platform: Platform, value: str) -> None:
        loaded(platform, ORDERS, [ORDER])
        change_property(platform, ITEMS, value)
        loaded(platform, ORDERS, [ORDER], write_mode="replace")
        assert ORDERS == platform.catalog.load_table(ITEMS).properties["floe.root"]


def test_dlts_own_tables_belong_to_nobody(platform: Platform) -> None:
    loaded(platform, ORDERS, [ORDER])
    loaded(platform, "bronze.returns", [ORDER])
    for name in ("_dlt_loads", "_dlt_version"):
        assert "floe.root" not in platform.catalog.load_table(f"bronze.{name}").properties
