"""The platform's own base tests, where they are at hand: FLOE_BASE_TESTS names the folder that holds them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionPlugin

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
from tests.catalogs import sqlite_catalog

FOLDER = os.environ.get("FLOE_BASE_TESTS", "")

if not FOLDER:
    pytest.skip(
        "FLOE_BASE_TESTS is not set: the platform's base tests are not at hand", allow_module_level=True
    )


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(FOLDER) / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Discovery: Any = load("plugin_discovery_tests").BasePluginDiscoveryTests
Health: Any = load("base_health_check_tests").BaseHealthCheckTests


class TestDiscovery(Discovery):  # type: ignore[misc]  # theirs is loaded at run time
    entry_point_group = "floe.ingestion"
    expected_name = "dlt"
    expected_module_prefix = "floe_ingestion_dlt"
    expected_class_name = "DltIngestionPlugin"
    expected_plugin_abc = IngestionPlugin


class TestHealthUnconfigured(Health):  # type: ignore[misc]  # see TestDiscovery
    @pytest.fixture
    def unconnected_plugin(self) -> DltIngestionPlugin:
        return DltIngestionPlugin()

    @pytest.fixture
    def connected_plugin(self, unconnected_plugin: DltIngestionPlugin) -> Iterator[DltIngestionPlugin]:
        unconnected_plugin.startup()
        yield unconnected_plugin
        unconnected_plugin.shutdown()


class TestHealthConfigured(TestHealthUnconfigured):
    @pytest.fixture
    def unconnected_plugin(self, tmp_path: Path) -> DltIngestionPlugin:
        plugin = DltIngestionPlugin()
        plugin.configure(DltIngestionConfig(catalog_config=sqlite_catalog(tmp_path)))
        return plugin
