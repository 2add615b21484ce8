"""Load the demo's flights as Dagster assets, or show them in Dagster's web page.

The first run loads January to November, the second one adds December, and a third one finds nothing new, as in `make demo`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dagster import AssetMaterialization, DagsterInstance
from examples.demo import quieten, release
from examples.flights.api import serving
from examples.flights.data import FlightData
from examples.flights.definitions import ALL_SOURCES, definitions

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}

SETTINGS: Final = Path(__file__).parent / "flights" / "dagster.yaml"
GRAPH: Final = "/locations/examples.flights.definitions/asset-groups/ingestion/lineage"


def main() -> int:
    """Materialize all assets once, or serve the page until it is closed; returns the program's exit code."""
    options = arguments()
    home: Path = options.home.resolve()
    data = FlightData(home / "data")
    quieten()
    release(data)
    with serving(data.weather()) as api:
        places = {"DEMO": str(home), "FLIGHTS_API": api}
        return serve(places, home, options.port) if options.ui else materialize(places)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--home", type=Path, default=Path(".demo/dagster"), help="the folder of data and tables"
    )
    parser.add_argument(
        "--ui", action="store_true", help="show the assets in a web page, instead of loading them"
    )
    parser.add_argument("--port", default="3000", help="the port of the web page")
    return parser.parse_args()


def materialize(places: Mapping[str, str]) -> int:
    """Load every source, and print what Dagster shows of it."""
    job = definitions(places).resolve_job_def(ALL_SOURCES)
    with DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(run_config=QUIET, instance=instance, raise_on_error=False)
        events = result.get_asset_materialization_events()
    for line in lines([event.materialization for event in events]):
        print(line)
    return 0 if result.success else 1


def lines(materializations: list[AssetMaterialization]) -> Iterator[str]:
    """One line for each asset."""
    for shown in materializations:
        figures = {name: value.value for name, value in shown.metadata.items()}
        loaded, rows = figures["rows_loaded"], figures.get("dagster/row_count")
        yield f"{shown.asset_key.to_user_string():40}  {loaded:>9,} rows loaded  {rows or loaded:>9,} rows in {figures['dagster/table_name']}"


def serve(places: Mapping[str, str], home: Path, port: str) -> int:
    """Serve Dagster's page until Ctrl-C, with its own records and settings in the demo's folder."""
    records = home / "dagster"
    records.mkdir(parents=True, exist_ok=True)
    if not (records / SETTINGS.name).exists():
        shutil.copyfile(SETTINGS, records / SETTINGS.name)
    command = [sys.executable, "-W", "ignore", "-m", "dagster", "dev", "--port", port]
    command += ["--module-name", "examples.flights.definitions"]
    print(f"Open http://127.0.0.1:{port}{GRAPH} and click Materialize all. Ctrl-C ends it.", flush=True)
    with subprocess.Popen(command, env={**os.environ, **places, "DAGSTER_HOME": str(records)}) as page:  # noqa: S603 - it is this demo
        try:
            return page.wait()
        except KeyboardInterrupt:
            # The terminal has sent it to the page, too.
            page.wait()
            return 0


if __name__ == "__main__":
    sys.exit(main())
