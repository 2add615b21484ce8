"""A platform in a folder: the plugin over a SQLite catalog, as a laptop would have it, or over another one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import dlt
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.table.snapshots import ancestors_of
from pyiceberg.table.update import SetSnapshotRefUpdate

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import ManualClock, MemoryTelemetry
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from tests.catalogs import sqlite_catalog

Row = dict[str, Any]
TABLE = "bronze.orders"


class Platform:
    """One user's view: sources in, rows out."""

    def __init__(
        self, folder: Path, catalog: Mapping[str, Any] = MappingProxyType({}), *, clock: Clock | None = None
    ) -> None:
        self.folder = folder
        self.clock = clock or ManualClock()
        self.data = folder / "data"
        self.data.mkdir()
        self.settings: dict[str, Any] = sqlite_catalog(folder) | dict(catalog)
        self.telemetry = MemoryTelemetry()
        # Options of the source of every pipeline.
        self.source: dict[str, Any] = {}
        self.plugin = self.a_plugin()

    def a_plugin(self, *, milestones: Milestones = ignore_milestone, **config: Any) -> DltIngestionPlugin:
        plugin = DltIngestionPlugin(telemetry=self.telemetry, clock=self.clock, milestones=milestones)
        settings = {"catalog_config": self.settings, "pipelines_dir": str(self.folder / "pipelines")}
        plugin.configure(DltIngestionConfig(**(settings | config)))
        plugin.startup()
        return plugin

    def csv(self, name: str, text: str) -> None:
        (self.data / name).write_text(text)

    def pipeline(self, table: str = TABLE, **options: Any) -> Any:
        """A pipeline over the folder's CSV files."""
        own = options.pop("source_config", {})
        source = {"path": str(self.data), "format": "csv"} | self.source | own
        return self.plugin.create_pipeline(
            IngestionConfig(
                source_type="filesystem", source_config=source, destination_table=table, **options
            )
        )

    def load(
        self,
        rows: Sequence[Row] | None = None,
        *,
        table: str = TABLE,
        cursor: str | None = None,
        **options: Any,
    ) -> IngestionResult:
        """Load the folder's CSV files, or *rows* in their place."""
        source = options.pop("source_config", {}) | {"cursor_field": cursor}
        pipeline = self.pipeline(table, source_config=source, **options)
        data = None if rows is None else dlt.resource(list(rows), name=table.rsplit(".", 1)[-1])
        return self.plugin.run(pipeline, source=data)

    @property
    def catalog(self) -> Catalog:
        return load_catalog("floe", **self.settings)

    def rows(self, *columns: str, table: str = TABLE) -> list[Row]:
        """The table's rows as pyiceberg reads them, ordered by the first of *columns*, without dlt's own columns."""
        found = self.catalog.load_table(table).scan().to_arrow().to_pylist()
        kept = [{k: v for k, v in row.items() if not k.startswith("_dlt_")} for row in found]
        if columns:
            kept = [{name: row[name] for name in columns} for row in kept]
        return sorted(kept, key=lambda row: str(next(iter(row.values()))))

    def columns(self, table: str = TABLE) -> set[str]:
        names = self.catalog.load_table(table).schema().column_names
        return {name for name in names if not name.startswith("_dlt_")}

    def snapshots(self, table: str = TABLE) -> int:
        return len(self.catalog.load_table(table).snapshots())

    def lineage(self, table: str = TABLE) -> int:
        """The number of snapshots that the table can go back through: those to which it went back do not count."""
        found = self.catalog.load_table(table)
        return len([*ancestors_of(found.current_snapshot(), found.metadata)])

    def forget_local_state(self) -> None:
        """Move to a fresh host: dlt's working folder is gone."""
        shutil.rmtree(self.folder / "pipelines")

    def forget_dlt_tables(self, namespace: str = "bronze") -> None:
        """Lose dlt's own tables as well."""
        for name in self.catalog.list_tables(namespace):
            if name[-1].startswith("_dlt_"):
                self.catalog.drop_table(name)

    def roll_back(self, table: str = TABLE) -> None:
        """Go back to the snapshot before the current one."""
        catalog = self.catalog
        found = catalog.load_table(table)
        current = found.current_snapshot()
        assert current is not None
        assert current.parent_snapshot_id is not None
        back = SetSnapshotRefUpdate(  # type: ignore[call-arg]  # the others are optional
            ref_name="main", type="branch", snapshot_id=current.parent_snapshot_id
        )
        catalog.commit_table(found, (), (back,))
