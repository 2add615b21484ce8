"""Compiled artifacts are all that Dagster needs, and what is wrong with them is said in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterInvariantViolationError, Definitions
from floe_core.schemas.compiled_artifacts import PluginRef, ResolvedPlugins

from floe_ingestion_dagster import (
    FloeIngestionTranslator,
    build_ingestion_definitions,
    try_create_ingestion_resources,
)
from floe_ingestion_dlt.errors import PipelineConfigurationError
from tests.dagster_assets.products import Product, artifacts


def with_config(product: Product, **config: Any) -> dict[str, Any]:
    given = {"catalog_config": product.catalog, "pipelines_dir": str(product.folder / "pipelines")}
    return artifacts({"type": "dlt", "version": "0.1.0", "config": given | config})


def job_of(definitions: Definitions) -> Any:
    return definitions.resolve_implicit_global_asset_job_def()


class TestArtifacts:
    def test_a_file_of_artifacts_is_enough_to_load(self, product: Product, instance: DagsterInstance) -> None:
        product.csv("a.csv", "id\n1\n2\n")
        path = product.folder / "compiled_artifacts.json"
        path.write_text(json.dumps(with_config(product, sources=[product.files()])))
        result = job_of(build_ingestion_definitions(path)).execute_in_process(instance=instance)
        assert (True, 2) == (result.success, product.rows("bronze.orders"))

    def test_artifacts_without_an_ingestion_have_no_assets(self) -> None:
        definitions = build_ingestion_definitions(artifacts(None))
        assert [] == list(definitions.resolve_all_asset_specs())

    def test_a_translator_gives_assets_their_group_owners_and_tags(self, product: Product) -> None:
        translator = FloeIngestionTranslator("shop", owners=["team:data"], tags={"tier": "1"})
        given = with_config(product, sources=[product.files()])
        specs = build_ingestion_definitions(given, translator=translator).resolve_all_asset_specs()
        (spec,) = [spec for spec in specs if spec.group_name == "shop"]
        assert (["team:data"], "1") == (list(spec.owners), spec.tags["tier"])

    def test_a_schedule_loads_all_resources_of_its_source(self, product: Product) -> None:
        given = with_config(product, sources=[product.files(), product.database()])
        definitions = build_ingestion_definitions(given, schedules={"shop": "0 6 * * *"})
        schedule: Any = definitions.resolve_schedule_def("ingestion__shop")
        assert "0 6 * * *" == schedule.cron_schedule
        selected = schedule.job.selection.resolve(definitions.resolve_asset_graph())
        assert {"ingestion__shop__customers", "ingestion__shop__items"} == {
            key.to_user_string() for key in selected
        }


class TestSeveralProducts:
    def test_their_definitions_are_merged_and_each_loads_by_its_own_resource(
        self, product: Product, instance: DagsterInstance
    ) -> None:
        product.csv("a.csv", "id\n1\n2\n")
        given = {name: with_config(product, sources=[product.files(name)]) for name in ("orders", "leads")}
        merged = Definitions.merge(
            *(build_ingestion_definitions(one, resource_key=name) for name, one in given.items())
        )
        assert {"orders", "leads"} == set(merged.resources or {})
        assert job_of(merged).execute_in_process(instance=instance).success
        assert (2, 2) == (product.rows("bronze.orders"), product.rows("bronze.leads"))

    def test_two_with_the_same_resource_are_refused_by_its_key(self, product: Product) -> None:
        given = [with_config(product, sources=[product.files(name)]) for name in ("orders", "leads")]
        with pytest.raises(DagsterInvariantViolationError, match="ingestion"):
            Definitions.merge(*map(build_ingestion_definitions, given))


class TestBadInput:
    def test_a_schedule_of_an_unknown_source_is_refused_with_those_that_are_there(
        self, product: Product
    ) -> None:
        given = with_config(product, sources=[product.files()])
        with pytest.raises(ValueError, match="'shop' is not a source; use one of orders"):
            build_ingestion_definitions(given, schedules={"shop": "0 6 * * *"})

    def test_a_setting_that_cannot_be_used_is_named_with_its_place(self, product: Product) -> None:
        given = with_config(product, sources=[product.files(write_mode="appendd")])
        with pytest.raises(PipelineConfigurationError, match=r"plugins\.ingestion\.config\.sources\.0"):
            build_ingestion_definitions(given)

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"no\.json: No such file"):
            build_ingestion_definitions(tmp_path / "no.json")

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": 1}'])
    def test_a_file_that_holds_no_artifacts_is_named_in_one_line(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "broken.json"
        path.write_text(text)
        with pytest.raises(ValueError, match=r"broken\.json: ") as refused:
            build_ingestion_definitions(path)
        assert 1 == len(str(refused.value).splitlines())


class TestResources:
    def test_there_is_none_without_an_ingestion_plugin(self) -> None:
        assert {} == try_create_ingestion_resources(None)
        assert {} == try_create_ingestion_resources(plugins(None))

    def test_another_plugin_is_refused_by_its_type(self) -> None:
        other = PluginRef(type="airbyte", version="1.0.0")
        with pytest.raises(PipelineConfigurationError, match=r"plugins\.ingestion\.type.*airbyte.*dlt"):
            try_create_ingestion_resources(plugins(other))

    def test_a_broken_configuration_is_an_error_and_not_no_resource(self) -> None:
        broken = PluginRef(type="dlt", version="0.1.0", config={"sources": [{"name": "a"}]})
        with pytest.raises(PipelineConfigurationError, match=r"plugins\.ingestion\.config\.sources\.0"):
            try_create_ingestion_resources(plugins(broken))


def plugins(ingestion: PluginRef | None) -> ResolvedPlugins:
    some = PluginRef(type="some", version="1.0.0")
    return ResolvedPlugins(compute=some, orchestrator=some, ingestion=ingestion)
