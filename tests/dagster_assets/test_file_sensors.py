"""A sensor requests a run if the files of its source have changed, and says why if it requests none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dagster import DailyPartitionsDefinition, SensorDefinition, build_sensor_context
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dagster import build_ingestion_definitions, ingestion_resource
from floe_ingestion_dagster.file_sensors import Requested
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.errors import SourceConnectionError
from tests.dagster_assets.products import Product
from tests.dagster_assets.test_definitions import with_config


def sensor_of(product: Product, **source: Any) -> SensorDefinition:
    given = with_config(product, sources=[product.files(**{"write_mode": "replace"} | source)])
    definitions = build_ingestion_definitions(given, file_sensors={"orders": 30})
    return definitions.resolve_sensor_def("new_files__orders")


@pytest.fixture
def tick(product: Product) -> Callable[..., Any]:
    """Evaluate the sensor with a cursor."""
    sensor = sensor_of(product)
    resources = {"ingestion": ingestion_resource(product.settings(product.files(write_mode="replace")))}

    def evaluate(cursor: str | None = None) -> Any:
        with build_sensor_context(cursor=cursor, resources=resources) as context:
            return sensor.evaluate_tick(context)

    return evaluate


class TestTicks:
    def test_a_repeated_tick_requests_the_same_run(self, product: Product, tick: Callable[..., Any]) -> None:
        product.csv("a.csv", "id\n1\n")
        first, repeated = tick(), tick()
        assert [first.run_requests[0].run_key] == [one.run_key for one in repeated.run_requests]

    def test_no_run_is_requested_for_the_same_files(self, product: Product, tick: Callable[..., Any]) -> None:
        product.csv("a.csv", "id\n1\n")
        cursor = tick().cursor
        again = tick(cursor)
        assert ([], cursor) == (again.run_requests, again.cursor)
        assert "The files of orders have not changed (1)." == again.skip_message

    def test_a_file_that_grows_is_requested_again(self, product: Product, tick: Callable[..., Any]) -> None:
        product.csv("a.csv", "id\n1\n")
        first = tick()
        product.csv("a.csv", "id\n1\n2\n")
        second = tick(first.cursor)
        assert first.run_requests[0].run_key != second.run_requests[0].run_key

    def test_files_that_are_as_they_were_before_are_requested_by_another_key(
        self, product: Product, tick: Callable[..., Any]
    ) -> None:
        product.csv("a.csv", "id\n1\n")
        first = tick()
        product.csv("b.csv", "id\n2\n")
        second = tick(first.cursor)
        (product.data / "b.csv").unlink()
        third = tick(second.cursor)
        assert 3 == len({one.run_requests[0].run_key for one in (first, second, third)})

    def test_an_empty_folder_needs_no_run(self, tick: Callable[..., Any]) -> None:
        assert [] == tick().run_requests

    def test_the_cursor_of_many_files_is_small(self, product: Product, tick: Callable[..., Any]) -> None:
        for number in range(200):
            product.csv(f"{number}.csv", "id\n1\n")
        assert 100 > len(tick().cursor)

    def test_a_folder_that_is_gone_fails_the_tick_in_one_line(
        self, product: Product, tick: Callable[..., Any]
    ) -> None:
        product.data.rmdir()
        with pytest.raises(SourceConnectionError, match="does not exist") as failed:
            tick()
        assert 1 == len(str(failed.value).splitlines())


class TestRequested:
    @given(st.lists(st.sampled_from("abc")))
    def test_no_key_is_used_twice(self, digests: list[str]) -> None:
        last, keys = Requested(), []
        for digest in digests:
            after = Requested.parse(str(last)).after(FileList(1, digest))
            if after is not None:
                last = after
                keys.append(str(after))
        assert len(set(keys)) == len(keys)

    @given(st.text())
    def test_any_cursor_can_be_read(self, cursor: str) -> None:
        assert Requested.parse(cursor).runs >= 0


class TestBadInput:
    def test_appending_all_files_again_is_refused(self, product: Product) -> None:
        with pytest.raises(ValueError, match=r"'orders' appends all its files with each run.*cursor_field"):
            sensor_of(product, write_mode="append")

    def test_a_source_without_files_is_refused(self, product: Product) -> None:
        given = with_config(product, sources=[product.database()])
        with pytest.raises(ValueError, match="'shop' is a source of type sql_database; use a schedule"):
            build_ingestion_definitions(given, file_sensors={"shop": 30})

    def test_an_unknown_source_is_refused_with_those_that_are_there(self, product: Product) -> None:
        given = with_config(product, sources=[product.files()])
        with pytest.raises(ValueError, match="file_sensors: 'shop' is not a source; use one of orders"):
            build_ingestion_definitions(given, file_sensors={"shop": 30})

    def test_a_source_with_partitions_is_refused_naming_both_options(self, product: Product) -> None:
        given = with_config(product, sources=[product.files(cursor_field="at")])
        days = DailyPartitionsDefinition("2024-01-01")
        with pytest.raises(
            ValueError, match=r"'orders' has partitions.*out of file_sensors or of partitions"
        ):
            build_ingestion_definitions(given, file_sensors={"orders": 30}, partitions={"orders": days})
