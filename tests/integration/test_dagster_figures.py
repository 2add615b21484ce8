"""What Dagster's page says of a load is what the catalog has: an API, PostgreSQL and files into Polaris, run after run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, Final
from uuid import uuid4

import pytest
import sqlalchemy as sa
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table
from tools.pictures.graphql import Dagster
from tools.pictures.page_server import page_of

from tests.services.environment import needed
from tests.services.polaris import Polaris

MODULE: Final = "tests.integration.served_definitions"
ROOT: Final = Path(__file__).parents[2]
RUNS: Final = 200 if "FULL_SUITE" in os.environ else 4
FIGURES: Final = """query($id: ID!) {runOrError(runId: $id) {... on Run {assetMaterializations {
    assetKey {path} metadataEntries {label
        ... on IntMetadataEntry {intRepr} ... on TextMetadataEntry {text}
        ... on TableSchemaMetadataEntry {schema {columns {name}}}}}}}}"""

pytestmark = pytest.mark.timeout(300 + 30 * RUNS)


class Shop:
    """An API, a table and a folder, to which rows are added; it knows what each load has to read."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.random, self.folder = random, folder / "data"
        self.folder.mkdir()
        self.engine, self.name = sa.create_engine(needed("DATABASE_URL")), f"items_{uuid4().hex[:8]}"
        self.prices: list[dict[str, Any]] = []
        self.written, self.items, self.unread = 0, 0, 0
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"create table {self.name} (id bigint primary key, note text)")
        shop = self

        class Api(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(shop.prices).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
        Thread(target=self.server.serve_forever, daemon=True).start()

    def grow(self) -> None:
        """Add rows everywhere, or nowhere: also nothing is a number of rows."""
        number = self.random.choice((0, 1, 7, 40))
        lines = "".join(f"{self.written + n},x{n}\n" for n in range(number + 1))
        (self.folder / f"{self.written}.csv").write_text("id,note\n" + lines)
        self.written += number + 1
        with self.engine.begin() as connection:
            for n in range(number):
                connection.exec_driver_sql(f"insert into {self.name} values ({self.items + n}, 'y{n}')")
        self.items, self.unread = self.items + number, self.unread + number
        have = len(self.prices)
        self.prices += [{"id": have + n, "price": n / 4} for n in range(number + (have == 0))]

    def expected(self, asset: str) -> tuple[int, int]:
        """The rows that a load reads, and those that its table has then."""
        if asset == "ingestion__visits__files":
            return self.written, self.written
        if asset == "ingestion__prices__prices":
            return len(self.prices), len(self.prices)
        read, self.unread = self.unread, 0
        return read, self.items

    def settings(self, folder: Path, catalog: Mapping[str, str]) -> dict[str, Any]:
        api = {
            "client": {"base_url": f"http://127.0.0.1:{self.server.server_port}", "paginator": "single_page"}
        }
        database = {"connection_string": needed("DATABASE_URL"), "table": self.name}
        sources = [
            source("visits", "filesystem", {"path": str(self.folder), "format": "csv"}, write_mode="replace"),
            source("items", "sql_database", database, cursor_field="id"),
            source(
                "prices", "rest_api", api | {"resources": ["prices"]}, write_mode="merge", primary_key="id"
            ),
        ]
        return {
            "catalog_config": dict(catalog),
            "pipelines_dir": str(folder / "pipelines"),
            "progress": "off",
            "sources": sources,
        }

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"drop table {self.name}")
        self.engine.dispose()


def source(name: str, kind: str, config: Mapping[str, Any], **fields: str) -> dict[str, Any]:
    named = {"name": name, "source_type": kind, "destination_table": f"bronze.{name}"}
    return named | {"source_config": config, **fields}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path, Random(7))
    yield made
    made.close()


@contextmanager
def served(folder: Path, settings: Mapping[str, Any]) -> Iterator[Dagster]:
    """Dagster's page of the settings, with its daemon."""
    (folder / "settings.json").write_text(json.dumps(settings))
    home = folder / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    given = {
        "SERVED_SETTINGS": str(folder / "settings.json"),
        "DAGSTER_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    with page_of(("dagster", "dev", "-m", MODULE), folder, MODULE, given) as dagster:
        yield dagster


def figures(dagster: Dagster, run: str) -> dict[str, dict[str, Any]]:
    """The figures of each asset that the run has materialized."""
    found = dagster.ask(FIGURES, id=run)["runOrError"]["assetMaterializations"]
    return {
        event["assetKey"]["path"][-1]: {
            entry["label"]: entry.get("intRepr") or entry.get("text") or entry.get("schema")
            for entry in event["metadataEntries"]
        }
        for event in found
    }


def committed(table: Table) -> tuple[str, str, list[str]]:
    """The id of the table's snapshot, its number of rows as they are read, and its columns."""
    snapshot = table.current_snapshot()
    assert snapshot is not None
    columns = [field.name for field in table.schema().fields]
    return str(snapshot.snapshot_id), str(table.scan().to_arrow().num_rows), columns


def test_every_figure_is_that_of_the_catalog(shop: Shop, polaris: Polaris, tmp_path: Path) -> None:
    properties = polaris.catalog()
    catalog = load_catalog("floe", **properties)
    with served(tmp_path, shop.settings(tmp_path, properties)) as dagster:
        assets = sorted(asset.name for asset in dagster.assets())
        assert 3 == len(assets)
        for number in range(RUNS):
            shop.grow()
            chosen = assets if number == 0 else shop.random.sample(assets, shop.random.randrange(1, 4))
            before = {asset: snapshots(catalog, asset) for asset in chosen}
            run = dagster.launch_run(chosen)
            dagster.wait_for_run(run)
            shown = figures(dagster, run)
            assert sorted(chosen) == sorted(shown)
            for asset in chosen:
                read, kept = shop.expected(asset)
                table = catalog.load_table(table_of(asset))
                snapshot, rows, columns = committed(table)
                figure = shown[asset]
                assert (str(read), str(kept)) == (figure["rows_loaded"], figure["dagster/row_count"]), asset
                assert (rows, str(table.name()[-1])) == (figure["dagster/row_count"], asset.split("__")[1])
                assert columns == [column["name"] for column in figure["dagster/column_schema"]["columns"]]
                is_new = snapshots(catalog, asset) > before[asset]
                assert figure.get("snapshot_id") == (snapshot if is_new else None), asset


def table_of(asset: str) -> str:
    return f"bronze.{asset.split('__')[1]}"


def snapshots(catalog: Any, asset: str) -> int:
    name = table_of(asset)
    return len(catalog.load_table(name).snapshots()) if catalog.table_exists(name) else 0
