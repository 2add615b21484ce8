"""A new kind of source: in our own registry, and in a package of its own, it takes one module and one line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import floe_ingestion_dlt
from floe_ingestion_dlt.adapters.sources.registry import GROUP, kind_of, source_types
from floe_ingestion_dlt.ports.source import Source
from floe_ingestion_dlt.testing.source_laws import MORE, ROWS, Row, SourceLab, SourceLaws
from tests.catalogs import sqlite_catalog
from tests.contributing.copies import PackageCopy
from tests.documents.pages import DOCS

MODULE, REGISTRY = "adapters/sources/journal.py", "adapters/sources/registry.py"
SRC = Path(floe_ingestion_dlt.__file__).parents[1]
(EXAMPLE,) = re.findall(r'```python\n("""A journal.*?)```', (DOCS / "sources.md").read_text(), re.DOTALL)
LOAD = """
import json, sys
from floe_core.plugins.ingestion import IngestionConfig
from floe_ingestion_dlt import DltIngestionPlugin
settings, path, table = json.loads(sys.argv[1]), sys.argv[2], "bronze.entries"
plugin = DltIngestionPlugin()
plugin.configure(settings)
plugin.startup()
assert "journal" in plugin.capabilities["source_types"]
result = plugin.run(plugin.create_pipeline(IngestionConfig("journal", {"path": path}, table)))
assert result.success, result.errors
print(result.rows_loaded)
"""


def written(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("a") as file:
        file.writelines(f"{json.dumps(row)}\n" for row in rows)
    return path


def load(folder: Path, *paths: Path) -> str:
    """The rows that a run in a process of its own has loaded, with *paths* to import from."""
    settings = {"catalog_config": sqlite_catalog(folder), "pipelines_dir": str(folder / "pipelines")}
    program = [sys.executable, "-c", LOAD, json.dumps(settings), str(folder / "journal")]
    environment = {"PYTHONPATH": ":".join(map(str, paths)), "RUNTIME__DLTHUB_TELEMETRY": "false"}
    ended = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert not ended.returncode, ended.stderr
    return ended.stdout.splitlines()[-1]


def package(folder: Path, module: str = "journal", value: str = "journal:JOURNAL") -> Path:
    """An installed package that registers a kind."""
    (folder / f"{module}.py").write_text(EXAMPLE)
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\njournal = {value}\n")
    return folder


def test_a_module_and_a_line_in_the_registry_are_enough(tmp_path: Path) -> None:
    copy, src = PackageCopy(tmp_path), tmp_path / "src"
    module = "from floe_ingestion_dlt.adapters.sources.journal import JOURNAL\n"
    copy.add(MODULE, EXAMPLE)
    copy.replace(REGISTRY, "    FILESYSTEM,\n", "    FILESYSTEM,\n    JOURNAL,\n")
    copy.replace(REGISTRY, "from returns.result", f"{module}from returns.result")
    assert [MODULE, REGISTRY] == copy.changed()

    written(tmp_path / "journal", ROWS)
    assert str(len(ROWS)) == load(tmp_path, src)
    shutil.rmtree(tmp_path / "pipelines")
    written(tmp_path / "journal", MORE)
    assert str(len(MORE)) == load(tmp_path, src)
    assert "0" == load(tmp_path, src)


def test_a_package_can_register_a_kind(tmp_path: Path) -> None:
    written(tmp_path / "journal", ROWS)
    assert str(len(ROWS)) == load(tmp_path, SRC, package(tmp_path))


def test_a_registered_kind_is_listed_before_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(package(tmp_path, value="nowhere:JOURNAL"))
    assert ("rest_api", "sql_database", "filesystem", "journal") == source_types()


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("nowhere:JOURNAL", "nowhere:JOURNAL raises ModuleNotFoundError for nowhere"),
        ("journal:NO_SUCH", "journal:NO_SUCH raises AttributeError"),
        ("journal:Journal", "journal:Journal is the SourceKind of that name"),
    ],
)
def test_a_kind_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, wanted: str
) -> None:
    monkeypatch.syspath_prepend(package(tmp_path, value=value))
    assert wanted in kind_of("journal").failure().wanted


def test_a_kind_that_two_packages_register_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path)
    monkeypatch.syspath_prepend(package(tmp_path, "diary", "diary:JOURNAL"))
    fault = kind_of("journal").failure()
    assert {"journal:JOURNAL", "diary:JOURNAL"} <= set(fault.wanted.split())


class JournalLab:
    unit = "entries"

    def __init__(self, folder: Path, module: ModuleType) -> None:
        self._path, self._module = folder / "journal", module

    @property
    def source(self) -> Source:
        return self._of(self._path)

    @property
    def out_of_reach(self) -> Source:
        return self._of(self._path.with_name("nowhere"))

    def put(self, rows: Sequence[Row]) -> None:
        written(self._path, rows)

    def damage(self) -> str:
        self._path.write_text(f'{self._path.read_text()}{{"id":\n')
        return f"line {len(ROWS) + 1}"

    def _of(self, path: Path) -> Source:
        kind: Any = self._module.JOURNAL
        source: Source = kind.open(kind.parse({"path": str(path)}).source(None))
        return source


@pytest.fixture
def source_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SourceLab:
    monkeypatch.syspath_prepend(package(tmp_path))
    monkeypatch.delitem(sys.modules, "journal", raising=False)
    return JournalLab(tmp_path, import_module("journal"))


class TestJournal(SourceLaws):
    pass
