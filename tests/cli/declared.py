"""A declaration of two sources, and the command on it."""

from __future__ import annotations

from pathlib import Path

from click.testing import Result
from pyiceberg.catalog import load_catalog
from typer.testing import CliRunner

from floe_ingestion_dlt.cli.app import app

SOURCE = """\
  - name: {name}
    source_type: filesystem
    source_config:
      path: {path}
      format: csv
    destination_table: bronze.{name}
"""


def declare(folder: Path, *, catalog: str = "", **paths: str) -> None:
    place = folder / "catalog.db"
    catalog = catalog or f'{{type: sql, uri: "sqlite:///{place}", warehouse: "${{LAKE}}"}}'
    sources = "".join(SOURCE.format(name=name, path=path) for name, path in paths.items())
    (folder / "floe.yaml").write_text(
        f"catalog_config: {catalog}\npipelines_dir: pipelines\nsources:\n{sources}"
    )


def ingest(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def with_cursor(folder: Path) -> None:
    text = (folder / "floe.yaml").read_text()
    (folder / "floe.yaml").write_text(text.replace("bronze.people", "bronze.people\n    cursor_field: id"))


def rows_in(folder: Path, table: str) -> list[int]:
    catalog = load_catalog("floe", type="sql", uri=f"sqlite:///{folder / 'catalog.db'}")
    return sorted(row["id"] for row in catalog.load_table(table).scan().to_arrow().to_pylist())
