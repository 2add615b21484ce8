"""Each resource of each source is an asset, and what Dagster shows of it is what the table has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from dagster import (
    AssetKey,
    AssetSelection,
    AssetSpec,
    DagsterInstance,
    ExecuteInProcessResult,
    RetryPolicy,
    materialize,
)
from dagster_dlt.translator import DltResourceTranslatorData

from floe_ingestion_dagster import FloeIngestionTranslator, create_ingestion_assets, ingestion_resource
from tests.dagster_assets.products import Product, materialized
from tests.misbehaving.server import Manner, MisbehavingServer, Status


class Busy(MisbehavingServer):
    """Asks to be left alone for a second when it is first asked for prices."""

    def manner_of(self, number: int) -> Manner:
        asked = [path for path in self.requests[: number + 1] if "prices" in path]
        if len(asked) == 1:
            return Status(503, headers={"Retry-After": "1"})
        return Status(200, b'[{"id": 1}, {"id": 2}]')


class FixedKeys(FloeIngestionTranslator):
    """Gives each resource the key that it is given."""

    def __init__(self, keys: Mapping[str, list[str]]) -> None:
        super().__init__()
        self.keys = keys

    def get_asset_spec(self, data: DltResourceTranslatorData) -> AssetSpec:
        return super().get_asset_spec(data).replace_attributes(key=AssetKey(self.keys[data.resource.name]))


def checked(result: ExecuteInProcessResult) -> dict[str, bool]:
    return {check.check_name: check.passed for check in result.get_asset_check_evaluations()}


def failure_of(result: ExecuteInProcessResult) -> str:
    (failed,) = (event for event in result.all_events if event.is_step_failure)
    return str(failed.step_failure_data.error_display_string)


def keys_of(assets: Any) -> set[str]:
    return {key.to_user_string() for asset in assets for key in asset.keys}


class TestDefinitions:
    def test_there_is_one_asset_for_each_resource(self, product: Product) -> None:
        settings = product.settings(product.files(), product.database())
        assert {
            "ingestion__orders__files",
            "ingestion__shop__customers",
            "ingestion__shop__items",
        } == keys_of(create_ingestion_assets(settings))

    def test_each_asset_depends_on_the_source_that_it_is_read_from(self, product: Product) -> None:
        (asset,) = create_ingestion_assets(product.settings(product.files()))
        (spec,) = asset.specs
        assert [AssetKey(["sources", "orders"])] == [dep.asset_key for dep in spec.deps]
        assert {"dlt", "iceberg", "filesystem"} == set(spec.kinds)
        assert "bronze.orders" == spec.metadata["dagster/table_name"]

    def test_names_that_dagster_refuses_are_escaped(self, product: Product) -> None:
        settings = product.settings(product.files("Ünï x y", destination_table="bronze.a"))
        assert {"ingestion___xdc_n_xef__x20_x_x20_y__files"} == keys_of(create_ingestion_assets(settings))

    def test_a_resource_is_no_asset_that_a_nested_table_of_another_may_be(self, product: Product) -> None:
        below = FixedKeys({"customers": ["shop"], "items": ["shop", "items"]})
        with pytest.raises(ValueError, match=r"customers of shop and items of shop: .*nested.*shop/items"):
            create_ingestion_assets(product.settings(product.database()), translator=below)
        beside = FixedKeys({"customers": ["shop", "people"], "items": ["shop", "items"]})
        assets = create_ingestion_assets(product.settings(product.database()), translator=beside)
        assert {"shop/people", "shop/items"} == keys_of(assets)

    def test_two_units_that_would_be_one_asset_are_both_named(self, product: Product) -> None:
        one = product.files("a", destination_table="bronze.a") | {"name": "_xdc_"}
        other = product.files("b", destination_table="bronze.b") | {"name": "Ü"}
        with pytest.raises(ValueError, match="files of _xdc_ and files of Ü would be one asset"):
            create_ingestion_assets(product.settings(one, other))


class TestRunsThatCannotLoad:
    def test_a_run_of_the_checks_alone_reads_nothing_and_says_what_to_do(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        product.csv("a.csv", "id\n1\n")
        settings = product.settings(product.files(cursor_field="id"))
        materialized(settings, instance)
        product.csv("b.csv", "id\n2\n")
        checks = AssetSelection.checks_for_assets(AssetKey("ingestion__orders__files"))
        result = materialized(settings, instance, raises=False, selection=checks)
        assert not result.success
        assert "materialize the asset" in failure_of(result)
        assert 1 == product.rows("bronze.orders")

    def test_a_source_that_the_resource_lacks_is_not_loaded_without_its_cursor(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        product.csv("a.csv", "id\n1\n")
        settings = product.settings(product.files(cursor_field="id"))
        result = materialize(
            create_ingestion_assets(settings),
            resources={"ingestion": ingestion_resource(product.settings())},
            instance=instance,
            raise_on_error=False,
        )
        assert not result.success
        assert "the resource ingestion has no source 'orders'" in failure_of(result)


class TestMaterializations:
    def test_figures_are_those_of_the_table(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "id,name\n1,ann\n2,bob\n")
        settings = product.settings(product.files(cursor_field="id"))
        (first,) = materialized(settings, instance).get_asset_materialization_events()
        product.csv("b.csv", "id,name\n3,cid\n")
        (second,) = materialized(settings, instance).get_asset_materialization_events()
        shown = [event.materialization.metadata for event in (first, second)]
        table = product.table("bronze.orders")
        assert [2, 3] == [one["dagster/row_count"].value for one in shown]
        assert [2, 1] == [one["rows_loaded"].value for one in shown]
        assert [str(snapshot.snapshot_id) for snapshot in table.snapshots()] == [
            one["snapshot_id"].value for one in shown
        ]
        assert (2, 3) == (shown[1]["cursor_from"].value, shown[1]["cursor_to"].value)
        columns: Any = shown[1]["dagster/column_schema"].value
        assert [(field.name, str(field.field_type)) for field in table.schema().fields] == [
            (column.name, column.type) for column in columns.columns
        ]

    def test_a_column_that_is_added_is_shown(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "id\n1\n")
        settings = product.settings(product.files(cursor_field="id"))
        materialized(settings, instance)
        product.csv("b.csv", "id,city\n2,Rome\n")
        (event,) = materialized(settings, instance).get_asset_materialization_events()
        assert ["city: string"] == event.materialization.metadata["schema_changes"].value

    def test_a_nested_table_is_an_asset_that_others_may_depend_on(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        rows = b'[{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}]'
        with MisbehavingServer(Status(200, rows)) as market:
            materialized(product.settings(product.api(market.url)), instance)
        nested = instance.get_latest_materialization_event(AssetKey(["ingestion__market__prices", "lines"]))
        assert nested is not None
        assert nested.asset_materialization is not None
        shown = nested.asset_materialization.metadata
        current = product.table("bronze.prices__lines").current_snapshot()
        assert current is not None
        assert (2, "bronze.prices__lines", str(current.snapshot_id)) == (
            shown["rows_loaded"].value,
            shown["dagster/table_name"].value,
            shown["snapshot_id"].value,
        )

    def test_executing_twice_in_one_process_loads_twice(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        settings = product.settings(product.database())
        for loads in (1, 2):
            result = materialized(settings, instance)
            assert 2 == len(result.get_asset_materialization_events())
            assert (2 * loads, loads) == (product.rows("bronze.customers"), product.rows("bronze.items"))


class TestChecks:
    def test_discarded_values_fail_the_check_of_the_contract(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        settings = product.settings(product.files(schema_contract="discard_value"))
        product.csv("a.csv", "id\n1\n")
        assert {"schema_contract_held": True} == checked(materialized(settings, instance))
        product.csv("b.csv", "id,city\n2,Rome\n3,\n4,Oslo\n")
        result = materialized(settings, instance)
        assert {"schema_contract_held": False} == checked(result)
        (check,) = result.get_asset_check_evaluations()
        assert {"city": 2} == check.metadata["discarded_values"].value

    def test_a_table_that_was_rolled_back_fails_the_check_of_the_cursor(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        settings = product.settings(product.files(cursor_field="id"))
        held = []
        for number in (1, 2, 3):
            product.csv(f"{number}.csv", f"id\n{number}\n")
            if number == 3:
                product.roll_back("bronze.orders")
            held.append(checked(materialized(settings, instance))["cursor_not_moved_back"])
        assert [True, True, False] == held

    def test_a_run_may_leave_the_checks_out(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "id\n1\n")
        selection = AssetSelection.keys("ingestion__orders__files").without_checks()
        result = materialized(product.settings(product.files()), instance, selection=selection)
        assert (True, {}, 1) == (result.success, checked(result), product.rows("bronze.orders"))


class TestFailures:
    def test_a_broken_contract_fails_with_its_category_and_next_step(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        product.csv("a.csv", "id\n1\n")
        materialized(product.settings(product.files()), instance)
        product.csv("b.csv", "id,city\n2,Rome\n")
        result = materialized(
            product.settings(product.files(schema_contract="freeze")), instance, raises=False
        )
        (failed,) = [event for event in result.all_events if event.is_step_failure]
        told: Any = failed.step_failure_data.user_failure_data
        assert "PERMANENT" == told.metadata["category"].value
        assert "docs/errors.md#contractviolated" == told.metadata["explained"].value
        assert "city" in told.description
        assert not [event for event in result.all_events if event.is_step_up_for_retry]

    def test_a_fault_that_may_pass_is_tried_again_after_the_pause_that_was_asked_for(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        with Busy(Status(200)) as shop:
            settings = product.settings(product.api(shop.url), retry_config={"max_retries": 0})
            result = materialized(settings, instance, retries=RetryPolicy(max_retries=2, delay=60))
        waits = [event.step_retry_data for event in result.all_events if event.is_step_up_for_retry]
        assert ([1], True) == ([wait.seconds_to_wait for wait in waits], result.success)
        assert 2 == product.rows("bronze.prices")

    def test_a_source_that_is_down_before_a_load_begins_is_tried_again(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        with MisbehavingServer(Status(200)) as shop:
            gone = shop.url
        settings = product.settings(product.api(gone), retry_config={"max_retries": 0})
        retries = RetryPolicy(max_retries=1, delay=0)
        result = materialized(settings, instance, raises=False, retries=retries)
        assert 1 == len([event for event in result.all_events if event.is_step_up_for_retry])
        assert not result.success

    def test_a_configuration_that_cannot_be_used_is_not_tried_again(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        settings = product.settings(
            product.database(source_config={"connection_string": "nodb://x/y", "table": "t"})
        )
        result = materialized(settings, instance, raises=False)
        (failed,) = [event for event in result.all_events if event.is_step_failure]
        told: Any = failed.step_failure_data.user_failure_data
        assert told.metadata["category"].value in {"CONFIGURATION", "PERMANENT"}
        assert told.metadata["next_step"].value
        assert not [event for event in result.all_events if event.is_step_up_for_retry]

    def test_retries_end_and_the_fault_is_shown(self, product: Product, instance: DagsterInstance) -> None:
        with MisbehavingServer(Status(503)) as shop:
            settings = product.settings(product.api(shop.url), retry_config={"max_retries": 0})
            retries = RetryPolicy(max_retries=2, delay=0)
            result = materialized(settings, instance, raises=False, retries=retries)
        assert 2 == len([event for event in result.all_events if event.is_step_up_for_retry])
        (failed,) = [event for event in result.all_events if event.is_step_failure]
        assert "503" in str(failed.step_failure_data.error)
