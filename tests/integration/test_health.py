"""A plugin is healthy when catalog and storage answer, and says within its time which of them does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugin_metadata import HealthState, HealthStatus

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig
from tests.platforms import TABLE, Platform
from tests.services.environment import Services
from tests.services.polaris import Polaris
from tests.services.toxiproxy import Link

SOURCE = IngestionSourceConfig(name="orders", source_type="filesystem", destination_table=TABLE)
SILENT = {"timeout": 0}


@pytest.fixture
def catalog_link(services: Services) -> Iterator[Link]:
    link = Link(services.toxiproxy, services.polaris)
    yield link
    link.close()


@pytest.fixture
def storage_link(services: Services) -> Iterator[Link]:
    link = Link(services.toxiproxy, services.s3_endpoint)
    yield link
    link.close()


def asked(catalog: dict[str, Any], timeout: float = 2.0) -> HealthStatus:
    plugin = DltIngestionPlugin()
    plugin.configure(DltIngestionConfig(catalog_config=catalog, sources=[SOURCE]))
    plugin.startup()
    start = time.monotonic()
    status = plugin.health_check(timeout)
    assert time.monotonic() - start < timeout + 0.3
    return status


def test_a_table_of_ours_shows_that_its_storage_answers(lake: Platform) -> None:
    lake.load([{"id": 1}])
    status = asked(lake.settings)
    assert HealthState.HEALTHY is status.state
    assert ("ok", "ok", True) == tuple(
        status.details[part] for part in ("catalog", "warehouse", "commits_together")
    )


def test_without_a_table_vended_keys_cannot_be_tried(lake: Platform) -> None:
    status = asked(lake.settings)
    assert HealthState.HEALTHY is status.state
    assert status.details["warehouse"].startswith("not checked")


def test_static_keys_are_tried_before_there_is_a_table(polaris: Polaris) -> None:
    assert "ok" == asked(polaris.catalog(vends=False)).details["warehouse"]
    status = asked(polaris.catalog(vends=False, bucket="no-such-bucket"))
    assert HealthState.UNHEALTHY is status.state
    assert "there is no bucket no-such-bucket" in status.details["warehouse"]


def test_wrong_static_keys_are_unhealthy(polaris: Polaris) -> None:
    wrong = {"s3.secret-access-key": "wrong"}
    status = asked(polaris.catalog(vends=False) | wrong)
    assert HealthState.UNHEALTHY is status.state
    assert "ok" == status.details["catalog"]
    assert "ACCESS_DENIED" in status.details["warehouse"]


def test_a_wrong_secret_is_unhealthy(polaris: Polaris) -> None:
    status = asked(polaris.catalog() | {"credential": "root:wrong"})
    assert HealthState.UNHEALTHY is status.state
    assert "Check the catalog's credential" in status.message


@pytest.mark.parametrize("timeout", [0.1, 1.0])
def test_a_catalog_that_is_silent_is_unhealthy_in_time(
    lake: Platform, catalog_link: Link, timeout: float
) -> None:
    catalog_link.disturb("timeout", SILENT)
    status = asked(lake.settings | {"uri": catalog_link.url}, timeout)
    assert HealthState.UNHEALTHY is status.state
    assert "no answer from the catalog" in status.details["catalog"]


def test_a_storage_that_is_silent_is_unhealthy_in_time(
    polaris: Polaris, storage_link: Link, tmp_path: Path
) -> None:
    platform = Platform(tmp_path, polaris.catalog(endpoint=storage_link.url))
    assert platform.load([{"id": 1}]).success
    storage_link.disturb("timeout", SILENT)
    status = asked(platform.settings)
    assert HealthState.UNHEALTHY is status.state
    assert "ok" == status.details["catalog"]
    assert "no answer from the storage" in status.details["warehouse"]


def test_a_folder_that_cannot_be_written_to_is_unhealthy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{tmp_path}/c.db",
        "warehouse": f"file://{tmp_path}/file/lake",
    }
    assert HealthState.UNHEALTHY is asked(catalog).state
