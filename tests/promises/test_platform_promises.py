"""What the platform asks of every ingestion plugin: to be found, to say who it is, and to tell its health."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from time import monotonic

import pytest
from floe_core.plugin_metadata import HealthState
from floe_core.plugin_registry import PluginRegistry
from floe_core.plugin_types import PluginType
from floe_core.plugins.ingestion import IngestionPlugin
from floe_core.telemetry.audit import verify_plugin_instrumentation

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
from tests.catalogs import sqlite_catalog


def unconfigured(_: Path) -> DltIngestionPlugin:
    return DltIngestionPlugin()


def configured(folder: Path) -> DltIngestionPlugin:
    plugin = DltIngestionPlugin()
    plugin.configure(DltIngestionConfig(catalog_config=sqlite_catalog(folder)))
    return plugin


@pytest.fixture(params=[unconfigured, configured])
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> DltIngestionPlugin:
    make: Callable[[Path], DltIngestionPlugin] = request.param
    return make(tmp_path)


def test_there_is_one_entry_point_and_it_is_the_plugin() -> None:
    (found,) = (point for point in entry_points(group="floe.ingestion") if point.name == "dlt")
    assert "floe_ingestion_dlt:DltIngestionPlugin" == found.value
    assert DltIngestionPlugin is found.load()


def test_the_registry_finds_and_loads_it() -> None:
    registry = PluginRegistry()
    registry.discover_all()
    found = registry.get(PluginType.INGESTION, "dlt")
    assert isinstance(found, IngestionPlugin)
    assert ("dlt", "0.1.0", "1.0", False) == (
        found.name,
        found.version,
        found.floe_api_version,
        found.is_external,
    )
    assert found.description


def test_the_registry_configures_it() -> None:
    registry = PluginRegistry()
    registry.discover_all()
    config = registry.configure(PluginType.INGESTION, "dlt", {"sources": []})
    assert isinstance(config, DltIngestionConfig)
    assert registry.get(PluginType.INGESTION, "dlt").is_configured


def test_it_starts_unconfigured_and_takes_any_configuration() -> None:
    plugin = DltIngestionPlugin()
    assert not plugin.is_configured
    config = DltIngestionConfig()
    plugin.configure(config)
    assert plugin.is_configured


def test_its_capabilities_are_told() -> None:
    capabilities = DltIngestionPlugin().capabilities
    assert ("rest_api", "sql_database", "filesystem") == capabilities["source_types"]
    assert ("append", "replace", "merge") == capabilities["write_modes"]
    assert ("delete-insert", "upsert", "insert-only", "scd2") == capabilities["merge_strategies"]
    assert ("evolve", "freeze", "discard_value") == capabilities["schema_contracts"]


def test_it_is_healthy_once_started_and_not_before_or_after(plugin: DltIngestionPlugin) -> None:
    before = plugin.health_check().state
    plugin.startup()
    started = plugin.health_check().state
    plugin.shutdown()
    after = plugin.health_check().state
    assert (HealthState.UNHEALTHY, HealthState.HEALTHY, HealthState.UNHEALTHY) == (before, started, after)


def test_it_can_be_started_and_stopped_again_and_keeps_its_configuration(plugin: DltIngestionPlugin) -> None:
    had = plugin.is_configured
    for _ in range(3):
        plugin.startup()
        plugin.shutdown()
    plugin.startup()
    assert (HealthState.HEALTHY, had) == (plugin.health_check().state, plugin.is_configured)


def test_health_tells_when_it_was_asked_and_how_long_that_took(plugin: DltIngestionPlugin) -> None:
    plugin.startup()
    before = datetime.now(UTC)
    status = plugin.health_check(timeout=2.0)
    assert before <= status.details["checked_at"] <= datetime.now(UTC)
    assert 0 <= status.details["response_time_ms"] <= 2000
    assert status.message


@pytest.mark.parametrize("timeout", [0.05, 15.0, 0.0, -1.0])
def test_a_timeout_out_of_range_is_refused_at_any_time(plugin: DltIngestionPlugin, timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout"):
        plugin.health_check(timeout=timeout)


@pytest.mark.parametrize("timeout", [0.1, 10.0])
def test_a_timeout_at_the_edge_is_accepted(plugin: DltIngestionPlugin, timeout: float) -> None:
    plugin.startup()
    assert plugin.health_check(timeout=timeout).state in {HealthState.HEALTHY, HealthState.UNHEALTHY}


def test_a_catalog_that_does_not_answer_is_unhealthy_within_the_timeout() -> None:
    with socket.socket() as silent:  # accepts connections and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        plugin = DltIngestionPlugin()
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        plugin.configure(DltIngestionConfig(catalog_config={"uri": uri, "warehouse": "w"}))
        plugin.startup()
        start = monotonic()
        status = plugin.health_check(timeout=0.5)
    assert HealthState.UNHEALTHY == status.state
    assert monotonic() - start < 2
    assert "0.5 s" in status.message
    assert status.details["category"] == "TRANSIENT"


def test_the_audit_of_the_platform_finds_the_tracer(plugin: DltIngestionPlugin) -> None:
    assert [] == verify_plugin_instrumentation([(PluginType.INGESTION, plugin)])
