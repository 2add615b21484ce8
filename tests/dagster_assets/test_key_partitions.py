"""A partition by key has the rows with its key in a column: a load replaces these rows and no other ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    DailyPartitionsDefinition,
    DynamicPartitionsDefinition,
    ExecuteInProcessResult,
    MultiPartitionsDefinition,
    PartitionsDefinition,
    StaticPartitionsDefinition,
    materialize,
)

from floe_ingestion_dagster import KeyPartitions, create_ingestion_assets, ingestion_resource
from tests.dagster_assets.products import Product
from tests.misbehaving.server import MisbehavingServer, Status

NAMES = ["a", "A", "a ", "ab", "ä", "x y"]
TENANTS = StaticPartitionsDefinition(NAMES)
DAYS = DailyPartitionsDefinition("2024-01-01")
DAYS_OF_TENANTS = MultiPartitionsDefinition({"day": DAYS, "tenant": TENANTS})


def type_name(value: object) -> str:
    return type(value).__name__


def load(
    product: Product, instance: DagsterInstance, partitions: KeyPartitions, key: str | None, **options: Any
) -> ExecuteInProcessResult:
    settings = product.settings(product.files())
    return materialize(
        create_ingestion_assets(settings, partitions={"orders": partitions}),
        resources={"ingestion": ingestion_resource(settings)},
        instance=instance,
        partition_key=key,
        raise_on_error=False,
        **options,
    )


def rows_shown(result: ExecuteInProcessResult) -> int:
    (event,) = result.get_asset_materialization_events()
    return int(str(event.materialization.metadata["dagster/partition_row_count"].value))


def found(product: Product, column: str) -> list[Any]:
    return sorted(product.table("bronze.orders").scan().to_arrow()[column].to_pylist())


def failure_of(result: ExecuteInProcessResult) -> str:
    (event,) = result.get_step_failure_events()
    return str(
        event.step_failure_data.user_failure_data and event.step_failure_data.user_failure_data.description
    )


def test_each_tenant_in_any_order_and_again_equals_the_source(
    product: Product, instance: DagsterInstance
) -> None:
    tenants = KeyPartitions("tenant", TENANTS)
    lines = [name for count, name in enumerate(NAMES, 1) for _ in range(count)]
    product.csv(
        "a.csv", "tenant,n\n" + "".join(f'"{name}",{n}\n' for n, name in enumerate([*lines, "nobody"]))
    )
    for key in ["ä", "a", "A", "x y", "a ", "ab", "a"]:
        assert 1 + NAMES.index(key) == rows_shown(load(product, instance, tenants, key))
    assert sorted(lines) == found(product, "tenant")


def test_a_tenant_that_has_left_the_source_is_emptied_alone(
    product: Product, instance: DagsterInstance
) -> None:
    tenants = KeyPartitions("tenant", TENANTS)
    product.csv("a.csv", "tenant\na\nab\n")
    assert [1, 1] == [rows_shown(load(product, instance, tenants, key)) for key in ("a", "ab")]
    product.csv("a.csv", "tenant\nab\n")
    assert 0 == rows_shown(load(product, instance, tenants, "a"))
    assert ["ab"] == found(product, "tenant")


def test_dynamic_keys_of_numbers(product: Product, instance: DagsterInstance) -> None:
    shops = KeyPartitions("shop", DynamicPartitionsDefinition(name="shops"), int)
    product.csv("a.csv", "shop,n\n7,1\n7,2\n70,3\n-7,4\n")
    instance.add_dynamic_partitions("shops", ["7", "-7"])
    assert [2, 1] == [rows_shown(load(product, instance, shops, key)) for key in ("7", "-7")]
    assert [-7, 7, 7] == found(product, "shop")


def test_keys_of_days(product: Product, instance: DagsterInstance) -> None:
    days = KeyPartitions("day", StaticPartitionsDefinition(["2024-02-29"]), date.fromisoformat)
    product.csv("a.csv", "day\n2024-02-28\n2024-02-29\n2024-03-01\n")
    assert 1 == rows_shown(load(product, instance, days, "2024-02-29"))
    assert [date(2024, 2, 29)] == found(product, "day")


def test_a_merge_shows_no_rows_of_the_partition_because_others_stay(
    product: Product, instance: DagsterInstance
) -> None:
    settings = product.settings(product.files(write_mode="merge", primary_key=["id"]))
    made = create_ingestion_assets(settings, partitions={"orders": KeyPartitions("tenant", TENANTS)})
    for text in ("tenant,id\na,1\n", "tenant,id\na,2\n"):
        product.csv("a.csv", text)
        resources = {"ingestion": ingestion_resource(settings)}
        (event,) = materialize(
            made, resources=resources, instance=instance, partition_key="a"
        ).get_asset_materialization_events()
        assert "dagster/partition_row_count" not in event.materialization.metadata
    assert [1, 2] == found(product, "id")


def test_the_partition_of_a_nested_table_is_that_of_its_resource(
    product: Product, instance: DagsterInstance
) -> None:
    rows = b'[{"tenantId": "a", "lines": [{"sku": "x"}]}, {"tenantId": "ab", "lines": [{"sku": "y"}]}]'
    tenants = {"market": KeyPartitions("tenantId", TENANTS)}
    with MisbehavingServer(Status(200, rows)) as market:
        settings = product.settings(product.api(market.url))
        materialize(
            create_ingestion_assets(settings, partitions=tenants),
            resources={"ingestion": ingestion_resource(settings)},
            instance=instance,
            partition_key="ab",
        )
    assert {"ab"} == instance.get_materialized_partitions(AssetKey(["ingestion__market__prices", "lines"]))


def test_a_range_of_one_key_is_loaded(product: Product, instance: DagsterInstance) -> None:
    product.csv("a.csv", "tenant\na\nab\n")
    tags = {"dagster/asset_partition_range_start": "ab", "dagster/asset_partition_range_end": "ab"}
    assert load(product, instance, KeyPartitions("tenant", TENANTS), None, tags=tags).success
    assert ["ab"] == found(product, "tenant")


class TestBadInput:
    @pytest.mark.parametrize("cursor", ["at", None])
    @pytest.mark.parametrize(
        "tenants", [TENANTS, DynamicPartitionsDefinition(name="tenants"), DAYS_OF_TENANTS], ids=type_name
    )
    def test_keys_need_a_column(
        self, product: Product, tenants: PartitionsDefinition[str], cursor: str | None
    ) -> None:
        wanted = rf"sources\.orders\.partitions: {type_name(tenants)} has no times.*or KeyPartitions, which names the column"
        with pytest.raises(ValueError, match=wanted):
            create_ingestion_assets(
                product.settings(product.files(cursor_field=cursor)), partitions={"orders": tenants}
            )

    @pytest.mark.parametrize("definition", [DAYS, DAYS_OF_TENANTS], ids=type_name)
    def test_times_are_no_keys(self, definition: Any) -> None:
        with pytest.raises(
            ValueError, match=f"KeyPartitions: has {type_name(definition)}; use static or dynamic"
        ):
            KeyPartitions("tenant", definition)

    @pytest.mark.parametrize(
        ("column", "value", "wanted"),
        [
            (" ", str, "'x' is no key of ' ': .*window.column"),
            ("shop", int, "'x' is no key of 'shop': invalid literal"),
            ("shop", float, "'x' is no key of 'shop': could not convert"),
            ("shop", lambda _: 1.5, "'x' is no key of 'shop': 1.5 of float is no value of a window"),
            ("shop", lambda _: True, "'x' is no key of 'shop': True of bool is no value of a window"),
            ("shop", lambda _: "\ud800", "'x' is no key of 'shop': "),
            ("shop", {"y": 7}.__getitem__, r"'x' is no key of 'shop': KeyError\('x'\)"),
            ("shop", Decimal, "'x' is no key of 'shop': InvalidOperation"),
        ],
    )  # fmt: skip
    def test_keys_that_no_column_can_have_are_refused(self, column: str, value: Any, wanted: str) -> None:
        with pytest.raises(ValueError, match=wanted):
            KeyPartitions(column, StaticPartitionsDefinition(["x"]), value)

    @pytest.mark.parametrize(("value", "wanted"), [(int, "invalid literal"), ({}.__getitem__, "KeyError")])
    def test_a_dynamic_key_without_a_value_is_refused(
        self, product: Product, instance: DagsterInstance, value: Any, wanted: str
    ) -> None:
        instance.add_dynamic_partitions("shops", ["x"])
        shops = KeyPartitions("shop", DynamicPartitionsDefinition(name="shops"), value)
        found = failure_of(load(product, instance, shops, "x"))
        assert found.startswith(f"KeyPartitions: 'x' is no key of 'shop': {wanted}")
        assert found.endswith(": choose another partition, or correct its KeyPartitions")

    def test_a_key_of_another_type_than_the_column_is_refused(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        product.csv("a.csv", "shop\n7\n")
        result = load(product, instance, KeyPartitions("shop", StaticPartitionsDefinition(["7"])), "7")
        assert "bounds that can be compared with shop, which is of type long" in failure_of(result)

    def test_the_column_has_the_name_that_the_source_writes(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        product.csv("a.csv", "tenantId\na\n")
        shown = failure_of(load(product, instance, KeyPartitions("tenant_id", TENANTS), "a"))
        assert "the column tenant_id is not in" in shown
        assert "which has tenantId" in shown
        assert "Set cursor_field, or the column of the window, to one of these names" in shown
        assert load(product, instance, KeyPartitions("tenantId", TENANTS), "a").success
        assert ["a"] == found(product, "tenant_id")

    def test_a_run_without_a_partition_is_refused(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "tenant\na\n")
        result = load(product, instance, KeyPartitions("tenant", TENANTS), None)
        assert "the run names no partition: choose the partitions to load" == failure_of(result)

    def test_a_run_of_several_keys_is_refused(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "tenant\na\n")
        tags = {"dagster/asset_partition_range_start": "a", "dagster/asset_partition_range_end": "ab"}
        result = load(product, instance, KeyPartitions("tenant", TENANTS), None, tags=tags)
        assert "a...ab are several keys: load each in a run of its own" == failure_of(result)
        assert not instance.get_latest_materialization_event(AssetKey("ingestion__orders__files"))
