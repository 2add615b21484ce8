"""Every name that other programs may read, of metrics, of keys in tables and of metadata in Dagster, is on a page, and no other is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Final

from opentelemetry import metrics

from floe_ingestion_dlt.adapters.telemetry.metrics import MetricTelemetry
from tests.documents.pages import DOCS

ROOT: Final = DOCS.parent
OBSERVABILITY: Final = (DOCS / "observability.md").read_text()
DAGSTER: Final = (DOCS / "dagster.md").read_text()


class MadeInstruments(metrics.NoOpMeter):
    """A meter that remembers what it is asked to make, as the page says it: its kind and unit."""

    def __init__(self) -> None:
        super().__init__("made")
        self.made: dict[str, str] = {}

    def create_counter(self, name: str, unit: str = "", description: str = "") -> metrics.Counter:
        self.made[name] = f"counter{_unit(unit)}"
        return super().create_counter(name, unit, description)

    def create_histogram(
        self, name: str, unit: str = "", description: str = "", **more: Any
    ) -> metrics.Histogram:
        self.made[name] = f"histogram{_unit(unit)}"
        return super().create_histogram(name, unit, description, **more)


def _unit(unit: str) -> str:
    shown = {"{row}": ", rows", "By": ", bytes", "s": ", seconds"}
    return shown.get(unit, "")


def rows_of(page: str, heading: str) -> dict[str, str]:
    """The names in the first column of the table below the heading, each with the second column."""
    section = re.split(r"^#+ ", page.partition(f"# {heading}\n")[2], flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", section, re.MULTILINE)
    return {name: meaning for names, meaning in rows for name in re.findall(r"`([^`]+)`", names)}


def test_each_metric_has_a_row_with_its_kind_and_unit() -> None:
    meter = MadeInstruments()
    MetricTelemetry(meter)
    assert meter.made == rows_of(OBSERVABILITY, "Metrics")


def test_each_key_in_tables_has_a_row() -> None:
    modules = (ROOT / "src/floe_ingestion_dlt/adapters/iceberg").rglob("*.py")
    keys = {key for path in modules for key in re.findall(r'"(floe\.[a-z.-]+)"', path.read_text())}
    shown = {
        name.replace("<load>", "").replace("<snapshot>", "")
        for name in rows_of(OBSERVABILITY, "Keys in tables")
    }
    assert {"floe.load-id", "floe.load."} <= keys
    assert keys == shown


def test_each_name_of_dagsters_metadata_has_a_row() -> None:
    folder = ROOT / "orchestrators/dagster/src/floe_ingestion_dagster"
    names = {name for path in folder.glob("*.py") for name in _metadata_names(ast.parse(path.read_text()))}
    assert {"rows_loaded", "cursor_from", "next_step", "cursor_found"} <= names
    assert names == set(rows_of(DAGSTER, "Metadata"))


def _metadata_names(module: ast.Module) -> Iterator[str]:
    """The names in dictionaries that are given as metadata, or that are yielded with a value of metadata."""
    for node in ast.walk(module):
        match node:
            case ast.keyword(arg="metadata", value=ast.Dict(keys=keys)):
                yield from _texts(*keys)
            case ast.Yield(
                value=ast.Tuple(elts=[name, ast.Call(func=ast.Attribute(value=ast.Name(id="MetadataValue")))])
            ):
                yield from _texts(name)
            case ast.AnnAssign(target=ast.Name(id="CURSOR_FROM" | "CURSOR_TO"), value=value):
                yield from _texts(value)
            case ast.Return(value=ast.Dict(keys=[ast.Constant(value=str(name))])) if "/" in name:
                yield name
            case _:
                pass


def _texts(*nodes: ast.expr | None) -> Iterator[str]:
    yield from (
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
