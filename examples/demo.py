"""A year of real flights goes from an API, a database and files into Iceberg tables.

The first run sees January to November. Run it again: December has been released, and exactly its rows arrive. A third
run finds nothing new.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template
from time import monotonic
from typing import Any

import structlog
import yaml
from floe_core.plugin_registry import PluginRegistry
from floe_core.plugin_types import PluginType
from floe_core.plugins.ingestion import IngestionConfig, IngestionPlugin

from flights.api import serving
from flights.data import MONTHS, FlightData
from flights.report import Line, closing, progress, table

HERE = Path(__file__).parent
NOVEMBER = 11


def main() -> int:
    """Run the demo once, and give the program's exit code."""
    options = arguments()
    home: Path = options.home.resolve()
    if options.reset:
        shutil.rmtree(home, ignore_errors=True)
    quieten()
    data = FlightData(home / "data")
    release(data)
    with serving(data.weather()) as api:
        section = declared(DEMO=str(home), FLIGHTS_API=api)
        lines, errors = ingest(section, home)
    print(f"\n{table(lines)}\n")
    for error in errors:
        print(error, file=sys.stderr)
    if errors:
        return 1
    print(closing(lines))
    print(how_to_query(section["config"]["catalog_config"]))
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".demo"), help="where data and tables go (.demo)")
    parser.add_argument("--reset", action="store_true", help="start afresh")
    return parser.parse_args()


def quieten() -> None:
    """Leave the screen to the demo: only warnings and errors of others are shown."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def release(data: FlightData) -> None:
    """Release January to November on the first run, December on the second."""
    if data.released == MONTHS:
        print("Nothing was released since the last run.")
        return
    month = MONTHS if data.released else NOVEMBER
    with progress("the released records into files and a database"):
        data.release(month)
    print("December has been released." if month == MONTHS else "January to November have been released.")


def declared(**places: str) -> dict[str, Any]:
    """The `plugins.ingestion` section, with its placeholders filled in."""
    text = Template((HERE / "flights" / "floe.yaml").read_text()).substitute(places)
    section: dict[str, Any] = yaml.safe_load(text)["plugins"]["ingestion"]
    return section


def ingest(section: Mapping[str, Any], home: Path) -> tuple[list[Line], list[str]]:
    """Load every declared source, as the platform would: the plugin comes from floe's registry."""
    registry = PluginRegistry()
    registry.discover_all()
    plugin = registry.get(PluginType.INGESTION, section["type"])
    assert isinstance(plugin, IngestionPlugin)  # noqa: S101 - what the registry promises
    config = section["config"] | {"pipelines_dir": str(home / "pipelines")}
    registry.configure(PluginType.INGESTION, section["type"], config)
    plugin.startup()
    lines: list[Line] = []
    errors: list[str] = []
    for source in section["config"]["sources"]:
        loaded, failed = load(plugin, source)
        lines += loaded
        errors += failed
    plugin.shutdown()
    return lines, errors


def load(plugin: IngestionPlugin, source: Mapping[str, Any]) -> tuple[list[Line], list[str]]:
    """One source: a pipeline, a run, and a line for each table that it wrote."""
    fields = ("source_type", "source_config", "destination_table", "write_mode", "schema_contract")
    start = monotonic()
    with progress(f"{source['name']} ({source['source_type']})"):
        pipeline = plugin.create_pipeline(
            IngestionConfig(**{key: source[key] for key in fields if key in source})
        )
        result = plugin.run(pipeline)
    seconds, mode = monotonic() - start, source["write_mode"]
    lines = [
        Line(source["name"], str(r.table), r.rows, r.bytes, r.snapshot_id, seconds, mode)
        for r in pipeline.receipts
        if r.rows or r.snapshot_id
    ]
    nothing = Line(source["name"], source["destination_table"], 0, 0, None, seconds, mode)
    return lines or [nothing], result.errors


def how_to_query(catalog: Mapping[str, str]) -> str:
    """Two lines of Python that read what landed."""
    settings = ", ".join(f'{key}="{value}"' for key, value in catalog.items())
    return f"\nQuery it, from any folder, with .venv/bin/python:\n\n{QUERY.replace('SETTINGS', settings)}"


QUERY = """\
from pyiceberg.catalog import load_catalog; flights = load_catalog("floe", SETTINGS).load_table("flights.flights")
print(flights.scan().to_duckdb("f").sql("SELECT carrier, count(*), avg(dep_delay) FROM f GROUP BY 1 ORDER BY 2 DESC"))\
"""


if __name__ == "__main__":
    sys.exit(main())
