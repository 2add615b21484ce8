"""Take the pictures of the documentation: the demo's sources in Dagster's web page."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Page
from tools.pictures.browser import Picture, browser_page, chromium, take
from tools.pictures.graphql import Dagster
from tools.pictures.page_server import demo_page

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
FLIGHTS: Final = "ingestion__flights__files"
BY_MONTH: Final = "ingestion__flights_by_month__files"
WEATHER: Final = "ingestion__weather__weather"
MONTHS: Final = ("2013-01-01", "2013-02-01", "2013-03-01")
NO_BROWSER: Final = 3


def main() -> int:
    """Load the demo, take all pictures, and return the program's exit code: 3 where there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where the pictures are written")
    folder: Path = parser.parse_args().folder
    program = chromium()
    if program is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return NO_BROWSER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, demo_page(Path(home)) as dagster:
        dagster.dismiss_welcome()
        # The daemon looks for backfills each 30 seconds: meanwhile the rest is done.
        dagster.launch_backfill(BY_MONTH, MONTHS)
        load(dagster)
        with browser_page(program) as page:
            for picture in pictures_of_loads(dagster.location):
                print(take(page, dagster.url, picture, folder), flush=True)
            dagster.wait_for_partitions(BY_MONTH, len(MONTHS))
            print(take(page, dagster.url, picture_of_backfill(), folder), flush=True)
    return 0


def load(dagster: Dagster) -> None:
    """Load every source, and the weather once more: a second load has a cursor to compare."""
    sources = [asset.name for asset in dagster.assets() if asset.group == "ingestion"]
    for assets in (sources, [WEATHER]):
        dagster.wait_for_run(dagster.launch_run(assets))


def pictures_of_loads(location: str) -> tuple[Picture, ...]:
    """The graph of all assets, and the page of a load and of its checks."""
    graph = Picture(
        "graph",
        f"/locations/{location}/asset-groups/ingestion/lineage",
        (WEATHER, "Materialized", "2 / 2 Passed"),
        zoom_out,
        height=900,
    )
    load = Picture(
        "materialisation",
        f"/assets/{FLIGHTS}?view=events",
        ("Materialized in run", "dagster/row_count", "308641", "cursor_to", "snapshot_id"),
    )
    checks = Picture(
        "checks",
        f"/assets/{WEATHER}?view=checks",
        ("Checks (2)", "schema_contract_held", "Passed", "cursor_left_by_last_load", "2013-12-01"),
    )
    return graph, load, checks


def picture_of_backfill() -> Picture:
    """The months that the backfill has loaded, and the rows of one of them."""
    return Picture(
        "backfill",
        f"/assets/{BY_MONTH}?view=partitions",
        (f"Materialized ({len(MONTHS)})", "Failed (0)", "dagster/partition_row_count"),
        lambda page: page.get_by_text(MONTHS[-1]).first.click(),
    )


def zoom_out(page: Page) -> None:
    """All assets of the graph fit into the picture, and still show their figures."""
    for _ in range(7):
        page.get_by_label("zoom_out").click()


if __name__ == "__main__":
    sys.exit(main())
