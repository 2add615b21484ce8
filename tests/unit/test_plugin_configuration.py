"""What the plugin may be configured with, and that nothing it is told is passed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import MemoryDestination, MemoryEngine, MemoryTelemetry
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.errors import PipelineConfigurationError
from tests.catalogs import sqlite_catalog
from tests.published import published_events, published_operations
from tests.unit.test_plugin import CONFIG, Bench

SOURCE = {"name": "orders", "source_type": "filesystem", "destination_table": "bronze.orders"}


class Foreign(BaseModel):
    """A model of somebody else, who may add what they like."""

    model_config = ConfigDict(extra="allow")


class Alike(BaseModel):
    """A model of somebody else with some of our fields."""

    sources: list[dict[str, Any]] = []
    catalog_config: dict[str, Any] | None = None
    retry_config: dict[str, Any] | None = None


def a_plugin(telemetry: MemoryTelemetry | None = None) -> DltIngestionPlugin:
    return DltIngestionPlugin(
        destination=MemoryDestination(), engine=MemoryEngine(), telemetry=telemetry or MemoryTelemetry()
    )


class TestMapping:
    def test_is_parsed_as_the_schema_says(self) -> None:
        plugin = a_plugin()
        plugin.configure({"sources": [SOURCE | {"write_mode": "replace"}]})
        assert DltIngestionConfig(sources=[SOURCE | {"write_mode": "replace"}]) == plugin._config
        assert "replace" == plugin.ingestion_config("orders").write_mode

    def test_leads_to_the_catalog_that_it_names(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "a.csv").write_text("id\n1\n")
        source = SOURCE | {"source_config": {"path": str(tmp_path / "data"), "format": "csv"}}
        settings = {"catalog_config": sqlite_catalog(tmp_path), "pipelines_dir": str(tmp_path / "pipelines")}
        plugin = DltIngestionPlugin()
        plugin.configure(settings | {"sources": [source]})
        assert plugin.run(plugin.create_pipeline(plugin.ingestion_config("orders"))).success
        assert list((tmp_path / "warehouse").rglob("*.parquet"))

    @pytest.mark.parametrize(
        "config",
        [
            {"source": [SOURCE]},
            {"sources": [SOURCE | {"write_mod": "append"}]},
            {"sources": [SOURCE, SOURCE]},
            {"catalog_config": "sqlite://"},
            {0: 1},
        ],
    )
    def test_that_is_wrong_is_refused_and_leaves_what_was_configured(self, config: dict[Any, Any]) -> None:
        plugin = a_plugin()
        before = DltIngestionConfig(sources=[SOURCE])
        plugin.configure(before)
        with pytest.raises(ValidationError):
            plugin.configure(config)
        assert before is plugin._config
        assert plugin.ingestion_config("orders")

    @pytest.mark.parametrize("config", ["catalog.yaml", [SOURCE], 5])
    def test_is_wanted_where_something_else_is_given(self, config: Any) -> None:
        with pytest.raises(ValidationError):
            a_plugin().configure(config)

    def test_is_nothing_when_the_configuration_is_taken_away(self) -> None:
        plugin = a_plugin()
        plugin.configure({"sources": [SOURCE]})
        plugin.configure(None)
        assert not plugin.is_configured
        with pytest.raises(KeyError):
            plugin.ingestion_config("orders")


class TestStart:
    def test_names_all_that_is_wrong_with_each_source_before_the_first_runs(self) -> None:
        telemetry = MemoryTelemetry()
        right = {"path": "in", "format": "csv"}
        configs = {"a": {"pth": 1, "fmt": 2}, "b": right, "c": right | {"file_globe": "*", "token": "hush"}}
        sources = [
            SOURCE | {"name": name, "source_config": config, "destination_table": f"bronze.{name}"}
            for name, config in configs.items()
        ]
        plugin = a_plugin(telemetry)
        plugin.configure({"sources": sources})
        plugin.startup()
        found = {event.attributes["source"]: event for event in published_events(telemetry)}
        assert {"source_config_wrong"} == {event.name for event in found.values()}
        assert ["a", "c"] == sorted(found)
        assert (
            "format: it is missing; pth: not an option; did you mean path?; fmt: not an option; did you mean format?"
            == found["a"].attributes["cause"]
        )
        assert "bronze.a" == found["a"].context.destination_table
        assert "hush" not in str(found["c"].attributes)


class TestModelOfAnotherClass:
    @pytest.mark.parametrize("model", [Foreign(), Foreign(anything=1), Alike(sources=[SOURCE])])
    def test_is_taken_as_it_is(self, model: BaseModel) -> None:
        plugin = a_plugin()
        plugin.configure(model)
        assert model is plugin._config
        assert plugin.is_configured

    def test_says_what_its_fields_say_if_they_are_ours(self) -> None:
        plugin = a_plugin()
        plugin.configure(
            Alike(sources=[SOURCE | {"schema_contract": "freeze", "credentials": SecretStr("hush")}])
        )
        config = plugin.ingestion_config("orders")
        assert "freeze" == config.schema_contract

    @pytest.mark.parametrize(
        "model",
        [
            Foreign(anything=1),
            Foreign(catalog={"type": "sql"}),
            Alike(sources=[SOURCE | {"write_mode": "upsert"}]),
            Alike(
                catalog_config={"type": "sql", "uri": "sqlite:///x.db", "warehouse": "file:///w#h"},
                sources=[{}],
            ),
        ],
    )
    def test_that_says_something_else_creates_no_pipeline_in_another_catalog(self, model: BaseModel) -> None:
        plugin = a_plugin(telemetry := MemoryTelemetry())
        plugin.configure(model)
        plugin.startup()
        for ask in (
            lambda: plugin.create_pipeline(CONFIG),
            lambda: plugin.remove_leftovers("bronze"),
            lambda: plugin.verify("bronze"),
            lambda: plugin.ingestion_config("orders"),
        ):
            with pytest.raises(PipelineConfigurationError, match=r"DltIngestionConfig") as refused:
                ask()
            assert type(model).__name__ in str(refused.value)
        (told, *_) = published_operations(telemetry)
        assert ("create_pipeline", True) == (told.name, isinstance(told.fault, Invalid))
        assert "unhealthy" == plugin.health_check().state.value

    def test_whose_secret_is_refused_does_not_show_it(self) -> None:
        plugin = a_plugin()
        plugin.configure(Foreign(api_key="hush-hush-hush", catalog_config={"password": "hush-hush-hush"}))
        with pytest.raises(PipelineConfigurationError) as refused:
            plugin.create_pipeline(CONFIG)
        assert "hush" not in str(refused.value)

    def test_does_not_fail_a_run_of_a_pipeline_that_was_there_before(self) -> None:
        plugin = a_plugin()
        pipeline = plugin.create_pipeline(CONFIG)
        plugin.configure(Foreign(anything=1))
        assert plugin.run(pipeline).success

    def test_is_replaced_by_a_configuration_of_ours(self) -> None:
        plugin = a_plugin()
        plugin.configure(Foreign(anything=1))
        plugin.configure({"sources": [SOURCE]})
        assert plugin.create_pipeline(
            IngestionConfig("filesystem", {"path": "data", "format": "csv"}, "bronze.orders")
        )


class TestDestinationConfig:
    def test_it_is_told(self) -> None:
        bench = Bench()
        bench.plugin.get_destination_config({"uri": "http://x", "warehouse": "w"})
        assert bench.told("get_destination_config").fault is None

    def test_its_fault_is_told(self) -> None:
        bench = Bench()
        with pytest.raises(ValueError, match="uri"):
            bench.plugin.get_destination_config({"warehouse": "w"})
        fault = bench.told("get_destination_config").fault
        assert isinstance(fault, Invalid)
        assert "catalog_config.uri" == fault.field


def test_a_plugin_that_was_not_started_or_has_ended_says_so_each_time_it_is_used() -> None:
    telemetry = MemoryTelemetry()
    plugin = a_plugin(telemetry)
    pipeline = plugin.create_pipeline(CONFIG)
    plugin.startup()
    plugin.load(plugin.create_pipeline(CONFIG))
    plugin.shutdown()
    plugin.load(pipeline)
    found = [event.name for event in published_events(telemetry)]
    assert ["plugin_not_started", "plugin_not_started"] == found
