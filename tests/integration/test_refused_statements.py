"""Statements that a real Postgres and a real MariaDB refuse are reported with the option that mends them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt.adapters.system.clock import WallClock
from tests.platforms import Platform
from tests.services.environment import Services, needed, with_driver


@pytest.fixture(params=["postgres", "mariadb"])
def url(request: pytest.FixtureRequest, services: Services) -> str:
    if request.param == "postgres":
        return with_driver(services.postgres)
    return with_driver(needed("MARIADB_URL"))


def error_of(folder: Path, url: str, **options: Any) -> str:
    platform = Platform(folder, clock=WallClock())
    config = IngestionConfig("sql_database", {"connection_string": url, **options}, "bronze.orders")
    plugin = platform.a_plugin(retry_config={"max_retries": 0})
    report = plugin.load(plugin.create_pipeline(config))
    plugin.shutdown()
    return str(report.error)


@pytest.mark.parametrize(
    "query",
    [
        "selec 1",
        "SELECT * FROM nowhere",
        "SELECT * FROM no_schema.nowhere",
        "SELECT nothing FROM (SELECT 1 AS a) AS t",
        "SELECT nothing_such(1)",
        "SELECT 1 FROM (SELECT 1 AS a) AS t, (SELECT 2 AS a) AS u WHERE a = 1",
        "SELECT 1 UNION SELECT 1, 2",
        "SELECT sum(1) FROM (SELECT 1 AS a) AS t WHERE sum(a) = 1",
    ],
)
def test_a_query_that_is_not_understood_is_to_be_corrected(tmp_path: Path, url: str, query: str) -> None:
    fault = error_of(tmp_path, url, query=query)
    assert "[CONFIGURATION]" in fault
    assert "Correct query in source_config" in fault


def test_a_table_that_is_not_there_is_to_be_corrected(tmp_path: Path, url: str) -> None:
    fault = error_of(tmp_path, url, table="no_such_table")
    assert "[CONFIGURATION]" in fault
    assert "Set table to" in fault
