"""A product of floe's in a folder: CSV files and a SQLite database into a SQLite catalog."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from dagster import DagsterInstance, ExecuteInProcessResult, RetryPolicy, materialize
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table

from floe_ingestion_dagster import create_ingestion_assets, ingestion_resource
from floe_ingestion_dagster.resource import DEFAULT_RETRIES
from floe_ingestion_dlt.config import DltIngestionConfig


class Product:
    """What an engineer has: files, a database, and settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.catalog = {
            "type": "sql",
            "uri": f"sqlite:///{folder / 'catalog.db'}",
            "warehouse": f"file://{folder / 'warehouse'}",
        }

    def csv(self, name: str, text: str) -> None:
        (self.data / name).write_text(text)

    def files(self, name: str = "orders", **changed: Any) -> dict[str, Any]:
        """A source of the CSV files."""
        source = {
            "name": name,
            "source_type": "filesystem",
            "source_config": {"path": str(self.data), "format": "csv"},
            "destination_table": f"bronze.{name}",
        }
        return source | changed

    def database(self, **changed: Any) -> dict[str, Any]:
        """A source of two tables."""
        path = self.folder / "shop.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS customers (id INTEGER, name TEXT)")
            connection.execute("CREATE TABLE IF NOT EXISTS items (id INTEGER)")
            connection.execute("INSERT INTO customers VALUES (1, 'ann'), (2, 'bob')")
            connection.execute("INSERT INTO items VALUES (7)")
        source = {
            "name": "shop",
            "source_type": "sql_database",
            "source_config": {"connection_string": f"sqlite:///{path}", "tables": ["customers", "items"]},
            "destination_table": "bronze.shop",
        }
        return source | changed

    def api(self, url: str, **changed: Any) -> dict[str, Any]:
        """A source of an HTTP API with one resource."""
        client = {"base_url": url, "paginator": "single_page"}
        source = {
            "name": "market",
            "source_type": "rest_api",
            "source_config": {"client": client, "resources": ["prices"]},
            "destination_table": "bronze.prices",
        }
        return source | changed

    def settings(self, *sources: dict[str, Any], **changed: Any) -> DltIngestionConfig:
        given = {
            "catalog_config": self.catalog,
            "pipelines_dir": str(self.folder / "pipelines"),
            "progress": "off",
        }
        return DltIngestionConfig(sources=list(sources), **(given | changed))

    def table(self, name: str) -> Table:
        return load_catalog("floe", **self.catalog).load_table(name)

    def roll_back(self, name: str) -> None:
        """Go back to the snapshot before the current one."""
        table = self.table(name)
        current = table.current_snapshot()
        assert current is not None
        assert current.parent_snapshot_id is not None
        table.manage_snapshots().rollback_to_snapshot(current.parent_snapshot_id).commit()

    def rows(self, name: str) -> int:
        return len(self.table(name).scan().to_arrow())


def artifacts(ingestion: dict[str, Any] | None) -> dict[str, Any]:
    """What floe compiles for a product with this ingestion plugin."""
    some = {"type": "some", "version": "1.0.0"}
    return {
        "version": "0.16.0",
        "metadata": {
            "compiled_at": "2026-01-01T00:00:00Z",
            "floe_version": "0.1.0",
            "source_hash": "sha256:0",
            "product_name": "shop",
            "product_version": "1.0.0",
        },
        "identity": {"product_id": "default.shop", "domain": "default", "repository": "unknown"},
        "observability": {
            "telemetry": {
                "resource_attributes": {
                    "service_name": "shop",
                    "service_version": "1.0.0",
                    "deployment_environment": "dev",
                    "floe_namespace": "default",
                    "floe_product_name": "shop",
                    "floe_product_version": "1.0.0",
                    "floe_mode": "dev",
                }
            },
            "lineage_namespace": "default",
        },
        "plugins": {"compute": some, "orchestrator": some, "ingestion": ingestion},
    }


def materialized(
    settings: DltIngestionConfig,
    instance: DagsterInstance,
    *,
    raises: bool = True,
    retries: RetryPolicy = DEFAULT_RETRIES,
    **options: Any,
) -> ExecuteInProcessResult:
    return materialize(
        create_ingestion_assets(settings, retries=retries),
        resources={"ingestion": ingestion_resource(settings)},
        instance=instance,
        raise_on_error=raises,
        **options,
    )
