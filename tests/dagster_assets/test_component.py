"""A file of YAML is enough to have the sources as assets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from dagster import DagsterInstance, FreshnessPolicy
from dagster.components.core.component_tree import ComponentTreeException
from dagster.components.testing import create_defs_folder_sandbox

from floe_ingestion_dagster import FloeIngestionComponent
from tests.dagster_assets.products import Product, artifacts

ATTRIBUTES = MappingProxyType(
    {
        "artifacts": "compiled_artifacts.json",
        "translation": {"group_name": "shop", "owners": ["team:data"], "tags": {"tier": "1"}},
        "schedules": {"orders": "0 6 * * *"},
        "file_sensors": {"orders": 60},
        "freshness": {"orders": 24},
        "pool": "catalog",
    }
)


def compiled(product: Product, name: str = "orders") -> str:
    """The artifacts of a product with one source."""
    config = {
        "catalog_config": product.catalog,
        "pipelines_dir": str(product.folder / "pipelines"),
        "sources": [product.files(name, write_mode="replace")],
    }
    return json.dumps(artifacts({"type": "dlt", "version": "0.1.0", "config": config}))


@contextmanager
def definitions(product: Product, attributes: Mapping[str, Any] = ATTRIBUTES) -> Iterator[Any]:
    """What Dagster loads of a folder with the component's file, and the artifacts beside it."""
    with create_defs_folder_sandbox() as sandbox:
        folder = sandbox.scaffold_component(
            component_cls=FloeIngestionComponent,
            defs_yaml_contents={
                "type": "floe_ingestion_dagster.FloeIngestionComponent",
                "attributes": dict(attributes),
            },
        )
        Path(folder, "compiled_artifacts.json").write_text(compiled(product))
        with sandbox.load_component_and_build_defs(defs_path=folder) as (_, made):
            yield made


def test_its_assets_load_their_sources(product: Product, instance: DagsterInstance) -> None:
    product.csv("a.csv", "id\n1\n2\n")
    with definitions(product) as made:
        result = made.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    assert (True, 2) == (result.success, product.rows("bronze.orders"))


def test_what_is_shown_and_loaded_by_itself_is_that_of_the_file(product: Product) -> None:
    with definitions(product) as made:
        graph = made.resolve_asset_graph()
        (asset,) = graph.materializable_asset_keys
        node = graph.get(asset)
        assert ("shop", ["team:data"], {"catalog"}) == (node.group_name, list(node.owners), node.pools)
        assert "1" == node.tags["tier"]
        assert "0 6 * * *" == made.resolve_schedule_def("ingestion__orders").cron_schedule
        assert 60 == made.resolve_sensor_def("new_files__orders").minimum_interval_seconds
        assert FreshnessPolicy.time_window(timedelta(hours=24)) == node.freshness_policy


def test_several_products_in_one_folder_load_by_resources_of_their_own(
    product: Product, instance: DagsterInstance
) -> None:
    product.csv("a.csv", "id\n1\n2\n")
    with create_defs_folder_sandbox() as sandbox:
        for name in ("orders", "leads"):
            folder = sandbox.scaffold_component(
                component_cls=FloeIngestionComponent,
                defs_path=name,
                defs_yaml_contents={
                    "type": "floe_ingestion_dagster.FloeIngestionComponent",
                    "attributes": {
                        "artifacts": "compiled_artifacts.json",
                        "file_sensors": {name: 60},
                        "resource_key": name,
                    },
                },
            )
            Path(folder, "compiled_artifacts.json").write_text(compiled(product, name))
        with sandbox.build_all_defs() as made:
            result = made.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    assert (True, 2, 2) == (result.success, product.rows("bronze.orders"), product.rows("bronze.leads"))


@pytest.mark.parametrize(
    ("attributes", "named"),
    [({"artefacts": "x.json"}, "artefacts"), ({"artifacts": "none.json"}, "none.json")],
)
def test_what_cannot_be_used_is_named(product: Product, attributes: dict[str, str], named: str) -> None:
    with pytest.raises(ComponentTreeException) as refused, definitions(product, attributes):
        pass
    assert named in str(refused.value.__cause__)
