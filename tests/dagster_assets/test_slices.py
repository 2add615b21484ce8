"""A source with slices is read by several workers, and its load is one snapshot, whichever worker is killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dagster import (
    DagsterInstance,
    DailyPartitionsDefinition,
    ExecuteInProcessResult,
    ResourceDefinition,
    RetryPolicy,
    StaticPartitionsDefinition,
    materialize,
)
from distributed import LocalCluster

from floe_ingestion_dagster import FloeIngestionResource, KeyPartitions, Slices, build_ingestion_definitions
from floe_ingestion_dagster import create_ingestion_assets as assets_of
from floe_ingestion_dagster.slices import SlicesBySource
from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones, ignore_milestone
from tests.crashes.sliced import OneWorkerDies
from tests.dagster_assets.products import Product, artifacts

FILES = 6


def fill(product: Product) -> None:
    for number in range(FILES):
        product.csv(f"{number}.csv", f"id,part\n{2 * number},a\n{2 * number + 1},b\n")


def loaded(
    product: Product,
    instance: DagsterInstance,
    slices: SlicesBySource,
    milestones: Milestones = ignore_milestone,
    **source: Any,
) -> ExecuteInProcessResult:
    settings = product.settings(product.files(**source))
    plugin = DltIngestionPlugin(milestones=milestones)
    plugin.configure(settings)
    plugin.startup()
    try:
        return materialize(
            assets_of(settings, slices=slices, retries=RetryPolicy(max_retries=0)),
            resources={"ingestion": ResourceDefinition(lambda _: FloeIngestionResource.of(plugin))},
            instance=instance,
            raise_on_error=False,
        )
    finally:
        plugin.shutdown()


def ids(product: Product) -> list[int]:
    return sorted(map(int, map(str, product.table("bronze.orders").scan().to_arrow()["id"].to_pylist())))


@contextmanager
def dask() -> Iterator[str]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:  # type: ignore[no-untyped-call]
        yield cluster.scheduler_address


def test_processes_read_the_slices_and_one_commit_adds_them(
    product: Product, instance: DagsterInstance
) -> None:
    """One of the two processes is killed; its slice is read again in the same step."""
    fill(product)
    os.mkfifo(product.folder / "data" / "pipe.csv")
    killed = OneWorkerDies(Milestone.STAGING, product.folder, os.getpid())
    result = loaded(product, instance, {"orders": Slices(count=4, workers=2)}, killed)
    (event,) = result.get_asset_materialization_events()
    shown = event.materialization.metadata
    assert (product.folder / "killed").exists()
    assert 1 == str(shown["warnings"].value).count("1 file was skipped")
    assert (2 * FILES, 2 * FILES) == (shown["rows_loaded"].value, shown["dagster/row_count"].value)
    assert (list(range(2 * FILES)), 1) == (ids(product), len(product.table("bronze.orders").snapshots()))


@pytest.mark.one_of("workers of Dask")
def test_workers_of_dask_read_the_slices(product: Product, instance: DagsterInstance) -> None:
    """One of the two workers is killed; Dask does its work again."""
    fill(product)
    killed = OneWorkerDies(Milestone.STAGING, product.folder, os.getpid())
    with dask() as scheduler:
        chosen = Slices(count=4, scheduler=scheduler)
        for load in (1, 2):
            result = loaded(product, instance, {"orders": chosen}, killed, write_mode="replace")
            assert (True, load) == (result.success, len(product.table("bronze.orders").snapshots()))
            assert list(range(2 * FILES)) == ids(product)
    assert (product.folder / "killed").exists()


@pytest.mark.one_of("workers of Dask")
def test_a_column_that_only_one_slice_has_is_read_again_by_dask(
    product: Product, instance: DagsterInstance
) -> None:
    """The task is the same the second time, and its first answer is not that of the second."""
    fill(product)
    product.csv("late.csv", "id,part,note\n99,c,new\n")
    with dask() as scheduler:
        result = loaded(product, instance, {"orders": Slices(count=4, scheduler=scheduler)})
    assert (True, [*range(2 * FILES), 99]) == (result.success, ids(product))
    assert "new" in product.table("bronze.orders").scan().to_arrow()["note"].to_pylist()


def test_a_scheduler_that_is_not_there_is_named_and_the_step_may_be_retried(
    product: Product, instance: DagsterInstance
) -> None:
    fill(product)
    result = loaded(product, instance, {"orders": Slices(count=4, scheduler="tcp://127.0.0.1:9")})
    (failure,) = result.get_step_failure_events()
    shown = str(failure.step_failure_data.error)
    assert "tcp://127.0.0.1:9" in shown
    assert "RetryRequested" in shown


@pytest.mark.parametrize(
    ("source", "slices", "wanted"),
    [
        ({}, {"other": 4}, "slices: 'other' is not a source; use one of orders"),
        ({}, {"orders": 0}, "sources.orders.slices: count is 0; use at least 1"),
        ({}, {"orders": Slices(count=2, workers=0)}, "sources.orders.slices: workers is 0; use at least 1"),
        (
            {"cursor_field": "id"},
            {"orders": 4},
            "sources.orders.slices: cannot be sliced: it reads new rows by id, and only loads of all rows can be sliced",
        ),
    ],
)
def test_what_cannot_be_sliced_is_refused_before_an_asset_is_made(
    product: Product, source: dict[str, Any], slices: SlicesBySource, wanted: str
) -> None:
    with pytest.raises(ValueError, match="slices") as refused:
        assets_of(product.settings(product.files(**source)), slices=slices)
    assert wanted == str(refused.value)


def test_an_api_and_partitions_are_refused(product: Product) -> None:
    api = product.settings(product.api("http://127.0.0.1:1"))
    with pytest.raises(ValueError, match="cannot be sliced: an API has no parts; tables"):
        assets_of(api, slices={"market": 4})
    days = {"orders": DailyPartitionsDefinition("2024-01-01")}
    with pytest.raises(ValueError, match="cannot be sliced"):
        assets_of(product.settings(product.files(cursor_field="at")), partitions=days, slices={"orders": 4})
    tenants = {"orders": KeyPartitions("part", StaticPartitionsDefinition(["a", "b"]))}
    with pytest.raises(
        ValueError, match=r"orders\.slices: cannot be sliced: it has partitions, and only loads of all"
    ):
        assets_of(product.settings(product.files()), partitions=tenants, slices={"orders": 4})


def product_with_secret(product: Product) -> dict[str, Any]:
    """Artifacts whose catalog has a secret key, which a local warehouse does not need."""
    catalog = product.catalog | {"s3.secret-access-key": "sesame-7"}
    config = {"catalog_config": catalog, "sources": [product.files()], "progress": "off"}
    config["pipelines_dir"] = str(product.folder / "pipelines")
    return artifacts({"type": "dlt", "version": "0.1.0", "config": config})


def test_credentials_are_not_sent_to_workers(product: Product) -> None:
    with pytest.raises(ValueError, match=r"orders\.slices: the configuration contains credentials"):
        build_ingestion_definitions(product_with_secret(product), slices={"orders": 4})


def test_workers_read_credentials_from_the_file_of_the_artifacts(
    product: Product, instance: DagsterInstance
) -> None:
    """A worker that does not have the file says so, and nothing is added."""
    fill(product)
    file = product.folder / "artifacts.json"
    file.write_text(json.dumps(product_with_secret(product)))
    made = build_ingestion_definitions(file, slices={"orders": 4})
    job = made.resolve_implicit_global_asset_job_def()
    assert job.execute_in_process(instance=instance).success
    file.unlink()
    product.csv("new.csv", "id,part\n100,a\n")
    (failure,) = job.execute_in_process(instance=instance, raise_on_error=False).get_step_failure_events()
    assert f"cannot load this pipeline: {file}: No such file" in str(failure.step_failure_data.error)
    assert list(range(2 * FILES)) == ids(product)
