from __future__ import annotations

import pytest

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.cleartext import CleartextAddress, cleartext_addresses
from floe_ingestion_dlt.errors import IngestionError
from tests.published import published_events


def test_settings_that_lead_to_other_hosts_without_encryption_are_named() -> None:
    settings = {
        "catalog_config": {"uri": "http://lake.example:8181/api", "s3.endpoint": "https://s3.example"},
        "orders": {
            "client": {"base_url": "HTTP://ann:pw@api.example/v1"},
            "resources": [{"path": "http://b.example"}],
        },
    }
    assert [
        CleartextAddress("catalog_config.uri", "http://lake.example:8181"),
        CleartextAddress("orders.client.base_url", "http://api.example"),
        CleartextAddress("orders.resources[0].path", "http://b.example"),
    ] == list(cleartext_addresses(settings))


@pytest.mark.parametrize(
    "value",
    [
        "https://a.example",
        "http://localhost:8181",
        "http://127.0.0.1",
        "http://[::1]:9000",
        "httpx",
        "",
        None,
        5,
    ],
)
def test_others_are_not(value: object) -> None:
    assert [] == list(cleartext_addresses({"uri": value}))


def test_an_address_that_is_a_mere_text_is_not_one() -> None:
    endpoint = {"path": "orders", "params": {"ns": "http://www.w3.org/2001/XMLSchema"}}
    client = {"base_url": "https://api.example", "headers": {"Referer": "http://shop.example"}}
    assert [] == list(cleartext_addresses({"client": client, "resources": [{"endpoint": endpoint}]}))


def test_every_start_warns_of_them_and_nothing_else_does() -> None:
    telemetry = MemoryTelemetry()
    plugin = DltIngestionPlugin(telemetry=telemetry)
    catalog = {"type": "rest", "uri": "http://lake.invalid:8181/api", "credential": "id:s3cr3t-word"}
    plugin.configure(DltIngestionConfig(catalog_config=catalog))
    for _ in range(2):
        plugin.startup()
        with pytest.raises(IngestionError):
            plugin.verify("bronze")
        plugin.shutdown()
    told = [event for event in published_events(telemetry) if event.name == "connection_not_encrypted"]
    assert ["catalog_config.uri"] * 2 == [event.attributes["setting"] for event in told]
