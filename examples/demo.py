"""Load a year of real flights from an API, a database and files into Iceberg tables.

The first run loads January to November. Run it again: it adds exactly the rows of December. A third run finds nothing
new.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
import yaml
from examples.flights.api import serving
from examples.flights.data import MONTHS, FlightData
from examples.flights.report import Line, closing, progress, table
from floe_core.plugin_registry import PluginRegistry
from floe_core.plugin_types import PluginType
from floe_core.plugins.ingestion import IngestionConfig, IngestionPlugin
from pydantic import ValidationError
from pyiceberg.catalog import load_catalog

if TYPE_CHECKING:
    # The registry must find the plugin, so the demo does not import it.
    from floe_ingestion_dlt.domain.load import Receipt

HERE = Path(__file__).parent
NOVEMBER = 11
MADE = ("data", "warehouse", "pipelines")
CATALOGS = ("embedded", "polaris")


def main() -> int:
    """Run the demo once, and return the program's exit code."""
    options = arguments()
    home: Path = options.home
    quieten()
    data = FlightData(home / "data")
    if options.reset and data.released:
        remove(home)
    release(data)
    with serving(data.weather()) as api:
        section = declared(options.catalog, {**os.environ, "DEMO": str(home), "FLIGHTS_API": api})
        if options.reset and options.catalog != "embedded":
            drop_tables(section["config"]["catalog_config"])
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
    parser.add_argument(
        "--catalog",
        choices=CATALOGS,
        default="embedded",
        help="the catalog of the tables (default: embedded)",
    )
    parser.add_argument(
        "--home", type=Path, default=Path(".demo"), help="the folder of data and tables (default: .demo)"
    )
    parser.add_argument(
        "--reset", action="store_true", help="delete the data and tables of earlier runs first"
    )
    options = parser.parse_args()
    options.home = options.home.resolve()
    if unfit := set("#%?") & set(str(options.home)):
        parser.error(
            f"--home: {options.home} cannot be part of a catalog's URL, because it contains {min(unfit)}"
        )
    return options


def remove(home: Path) -> None:
    """Delete what earlier runs created, and nothing else: the user chose the folder, which may have other files."""
    for name in MADE:
        if (home / name).exists():
            shutil.rmtree(home / name)
    (home / "catalog.db").unlink(missing_ok=True)


def drop_tables(catalog_config: Mapping[str, str]) -> None:
    """Drop the demo's tables from a catalog that is not in the demo's folder."""
    catalog = load_catalog("floe", **catalog_config)
    if catalog.namespace_exists("flights"):
        for table in catalog.list_tables("flights"):
            catalog.drop_table(table)


def quieten() -> None:
    """Show only warnings and errors in the log, so that the demo's own output can be read."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def release(data: FlightData) -> None:
    """Write the data of January to November on the first run, and of December on the second."""
    if data.released == MONTHS:
        print("No new month of data; loading again to show that nothing is doubled.")
        return
    month = MONTHS if data.released else NOVEMBER
    with progress("the source data into files and a database"):
        data.release(month)
    print("New source data: December." if month == MONTHS else "New source data: January to November.")


def declared(catalog: str, places: Mapping[str, str]) -> dict[str, Any]:
    """The `plugins.ingestion` section with the chosen catalog, and with its placeholders filled in."""
    declaration = yaml.safe_load((HERE / "flights" / "floe.yaml").read_text())
    section: dict[str, Any] = declaration["plugins"]["ingestion"]
    if catalog != "embedded":
        section["config"] |= yaml.safe_load((HERE / "flights" / f"{catalog}.yaml").read_text())
    filled_in: dict[str, Any] = filled(section, places)
    return filled_in


def filled(value: Any, places: Mapping[str, str]) -> Any:
    """The parsed *value* with its placeholders filled in; the text of a path is never read as YAML."""
    if isinstance(value, dict):
        return {key: filled(item, places) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, places) for item in value]
    return Template(value).substitute(places) if isinstance(value, str) else value


def ingest(section: Mapping[str, Any], home: Path) -> tuple[list[Line], list[str]]:
    """Load every source as the platform does, with the plugin from floe's registry."""
    plugin = configured(section["type"], section["config"] | {"pipelines_dir": str(home / "pipelines")})
    lines: list[Line] = []
    errors: list[str] = []
    try:
        for source in section["config"]["sources"]:
            loaded, failed = load(plugin, source)
            lines += loaded
            errors += failed
    finally:
        plugin.shutdown()
    return lines, errors


def configured(name: str, config: dict[str, Any]) -> IngestionPlugin:
    """The plugin *name*, started with this configuration."""
    registry = PluginRegistry()
    with progress(f"the plugin {name}"):
        registry.discover_all()
        plugin = registry.get(PluginType.INGESTION, name)
        assert isinstance(plugin, IngestionPlugin)  # noqa: S101 - what the registry promises
        registry.configure(PluginType.INGESTION, name, config)
        plugin.startup()
    return plugin


def load(plugin: IngestionPlugin, source: Mapping[str, Any]) -> tuple[list[Line], list[str]]:
    """Load one source; one line for each table that was written, and the errors."""
    start = monotonic()
    with progress(f"{source['name']} ({source['source_type']})"):
        receipts, errors = run(plugin, source)
    seconds, mode, failed = monotonic() - start, source["write_mode"], bool(errors)
    lines = [
        Line(source["name"], str(r.table), r.rows, r.bytes, r.snapshot_id, seconds, mode, failed)
        for r in receipts
        if r.rows or r.snapshot_id
    ]
    nothing = Line(source["name"], source["destination_table"], 0, 0, None, seconds, mode, failed)
    return lines or [nothing], errors


def run(plugin: IngestionPlugin, source: Mapping[str, Any]) -> tuple[Sequence[Receipt], list[str]]:
    """The receipts and the errors of one load; an invalid or unreachable source is an error like any other."""
    fields = ("source_type", "source_config", "destination_table", "write_mode", "schema_contract")
    config = IngestionConfig(**{key: source[key] for key in fields if key in source})
    try:
        pipeline = plugin.create_pipeline(config)
    except (ConnectionError, ValidationError) as refused:
        return (), [f"{source['name']}: {refused}"]
    result = plugin.run(pipeline)
    return pipeline.receipts, result.errors


def how_to_query(catalog: Mapping[str, str]) -> str:
    """Two lines of Python that query the loaded rows."""
    settings = ", ".join(f"{key}={json.dumps(value)}" for key, value in catalog.items())
    credential = " (with PYICEBERG_CATALOG__FLOE__CREDENTIAL set)" if catalog["type"] == "rest" else ""
    return f"\nTo query it from any folder, run .venv/bin/python{credential} and enter:\n\n{QUERY.replace('SETTINGS', settings)}"


QUERY = """\
from pyiceberg.catalog import load_catalog; flights = load_catalog("floe", SETTINGS).load_table("flights.flights")
print(flights.scan().to_duckdb("f").sql("SELECT carrier, count(*), avg(dep_delay) FROM f GROUP BY 1 ORDER BY 2 DESC"))\
"""


if __name__ == "__main__":
    sys.exit(main())
