"""A partition is a window of the cursor: a load replaces its rows, in any order, and again."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    DailyPartitionsDefinition,
    Failure,
    materialize,
)

from floe_ingestion_dagster import create_ingestion_assets, ingestion_resource
from floe_ingestion_dagster.assets import unit_assets
from floe_ingestion_dagster.automation import source_schedules
from tests.dagster_assets.products import Product

DAYS = DailyPartitionsDefinition("2024-01-01")
FIRST = date(2024, 1, 1)


def rows(day: int, count: int) -> str:
    return "".join(f"{day * 100 + n},{FIRST + timedelta(day)}T{n % 24:02}:00:00Z\n" for n in range(count))


def load(product: Product, instance: DagsterInstance, day: int) -> int:
    """The rows that Dagster shows for the day's partition."""
    settings = product.settings(product.files(cursor_field="at"))
    result = materialize(
        create_ingestion_assets(settings, partitions={"orders": DAYS}),
        resources={"ingestion": ingestion_resource(settings)},
        instance=instance,
        partition_key=str(FIRST + timedelta(day)),
    )
    (event,) = result.get_asset_materialization_events()
    return int(str(event.materialization.metadata["dagster/partition_row_count"].value))


def test_days_in_any_order_and_again_while_rows_arrive_equal_the_source(
    product: Product, instance: DagsterInstance
) -> None:
    counts = {day: day + 1 for day in range(4)}
    for day, count in counts.items():
        product.csv(f"{day}.csv", "id,at\n" + rows(day, count))
    days = [*counts, 1]
    Random(7).shuffle(days)
    assert [counts[day] for day in days] == [load(product, instance, day) for day in days]
    product.csv("2.csv", "id,at\n" + rows(2, 9))
    assert 9 == load(product, instance, 2)
    found = product.table("bronze.orders").scan().to_arrow()["id"].to_pylist()
    expected = [day * 100 + n for day, count in (counts | {2: 9}).items() for n in range(count)]
    assert sorted(expected) == sorted(map(int, map(str, found)))


def test_a_day_that_is_empty_in_the_source_is_emptied(product: Product, instance: DagsterInstance) -> None:
    product.csv("a.csv", "id,at\n" + rows(0, 2) + rows(1, 3))
    assert [2, 3] == [load(product, instance, day) for day in (0, 1)]
    product.csv("a.csv", "id,at\n" + rows(0, 2))
    assert (0, 2) == (load(product, instance, 1), product.rows("bronze.orders"))


def test_a_backfill_in_one_run_replaces_all_of_its_days(product: Product, instance: DagsterInstance) -> None:
    product.csv("a.csv", "id,at\n" + rows(0, 2) + rows(1, 3) + rows(2, 4))
    settings = product.settings(product.files(cursor_field="at"))
    for _ in range(2):
        materialize(
            create_ingestion_assets(settings, partitions={"orders": DAYS}),
            resources={"ingestion": ingestion_resource(settings)},
            instance=instance,
            tags={
                "dagster/asset_partition_range_start": "2024-01-01",
                "dagster/asset_partition_range_end": "2024-01-02",
            },
        )
        assert 5 == product.rows("bronze.orders")
    events = instance.fetch_materializations(AssetKey("ingestion__orders__files"), limit=9).records
    shown = [event.asset_materialization.metadata for event in events if event.asset_materialization]
    assert {"dagster/partition_row_count" in metadata for metadata in shown} == {False}


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Auckland"])
def test_a_day_of_dates_is_that_day_in_every_zone(
    product: Product, instance: DagsterInstance, zone: str
) -> None:
    product.csv("a.csv", "id,at\n1,2024-01-01\n2,2024-01-02\n3,2024-01-03\n")
    settings = product.settings(product.files(cursor_field="at"))
    days = DailyPartitionsDefinition("2024-01-01", timezone=zone)
    materialize(
        create_ingestion_assets(settings, partitions={"orders": days}),
        resources={"ingestion": ingestion_resource(settings)},
        instance=instance,
        partition_key="2024-01-02",
    )
    assert [2] == product.table("bronze.orders").scan().to_arrow()["id"].to_pylist()


class TestBadInput:
    def test_partitions_need_a_cursor(self, product: Product) -> None:
        with pytest.raises(ValueError, match=r"sources\.orders\.partitions: needs cursor_field"):
            create_ingestion_assets(product.settings(product.files()), partitions={"orders": DAYS})

    def test_a_merge_that_needs_all_rows_is_refused(self, product: Product) -> None:
        given = product.files(
            cursor_field="at", write_mode="merge", merge_strategy="scd2", primary_key=["id"]
        )
        with pytest.raises(
            ValueError, match=r"sources\.orders\.partitions: scd2 ends the versions.*another merge_strategy"
        ):
            create_ingestion_assets(product.settings(given), partitions={"orders": DAYS})

    def test_partitions_of_an_unknown_source_are_refused(self, product: Product) -> None:
        with pytest.raises(ValueError, match="'shop' is not a source; use one of orders"):
            create_ingestion_assets(product.settings(product.files()), partitions={"shop": DAYS})

    def test_a_cron_schedule_of_a_source_with_partitions_is_refused(self, product: Product) -> None:
        found = unit_assets(product.settings(product.files(cursor_field="at")), partitions={"orders": DAYS})
        with pytest.raises(ValueError, match="build_schedule_from_partitioned_job"):
            source_schedules(found, {"orders": "0 6 * * *"})

    def test_a_run_without_a_partition_is_refused(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "id,at\n" + rows(0, 2))
        settings = product.settings(product.files(cursor_field="at"))
        with pytest.raises(Failure, match="the run names no partition: choose the partitions to load"):
            materialize(
                create_ingestion_assets(settings, partitions={"orders": DAYS}),
                resources={"ingestion": ingestion_resource(settings)},
                instance=instance,
            )
