"""A load by the plugin."""

from __future__ import annotations

from pathlib import Path

from floe_core.plugins.ingestion import IngestionConfig

from benchmarks.suite.limits import TABLE
from benchmarks.suite.workload import Load
from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig


def loaded(load: Load | None, place: Path) -> None:
    """Run the load, or only start and stop."""
    place.mkdir(exist_ok=True)
    catalog = {
        "type": "sql",
        "uri": f"sqlite:///{place / 'catalog.db'}",
        "warehouse": (place / "warehouse").as_uri(),
    }
    plugin = DltIngestionPlugin()
    plugin.configure(DltIngestionConfig(catalog_config=catalog, pipelines_dir=str(place / "pipelines")))
    plugin.startup()
    if load is None:
        plugin.health_check()
    else:
        wanted = IngestionConfig(load.kind, dict(load.source), TABLE, write_mode=load.write_mode)
        result = plugin.run(plugin.create_pipeline(wanted))
        assert result.success, result.errors
    plugin.shutdown()
