"""The code on the pages works: Python runs, settings are valid, and commands name what is there."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
import sqlglot
from dagster import Definitions
from typer.main import get_command

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.cli.app import app
from floe_ingestion_dlt.config import DltIngestionConfig
from tests.catalogs import sqlite_catalog
from tests.dagster_assets.products import artifacts
from tests.documents.code_blocks import PAGES, ROOT, Block, blocks, commands
from tests.documents.settings_on_pages import check_settings

# Why a page's blocks of Python do not run here.
RUN_ELSEWHERE: Final = {
    "docs/quickstart.md": "they come after its commands: tests/documents/test_quickstart.py follows the page",
    "docs/testing.md": "pytest runs them: tests/documents/test_testing.py follows the page",
    "CONTRIBUTING.md": "they are steps that change the package: tests/contributing takes them in a copy of it",
}
KNOWN_LANGUAGES: Final = {"", "sh", "python", "yaml", "toml", "sql"}
MAKE_TARGETS: Final = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
ORDERS: Final = "id,updated_at\n1,2026-03-01\n2,2026-03-02\n"


def source(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "source_type": "filesystem",
        "source_config": {"path": "data", "format": "csv"},
        "destination_table": f"bronze.{name}",
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the blocks run: with a file of orders, and with compiled artifacts of a product that loads it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text(ORDERS)
    (tmp_path / "target").mkdir()
    ingestion = {"type": "dlt", "version": "0.1.0", "config": {"sources": [source("orders")]}}
    (tmp_path / "target" / "compiled_artifacts.json").write_text(json.dumps(artifacts(ingestion)))
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Iterator[dict[str, Any]]:
    """What pages take for granted after the README: a plugin, a pipeline whose table exists, workers, and a day."""
    plugin = DltIngestionPlugin()
    sources: Any = [source("orders"), source("shop")]
    settings = {"catalog_config": sqlite_catalog(folder), "pipelines_dir": str(folder / "pipelines")}
    plugin.configure(DltIngestionConfig(sources=sources, progress="off", **settings))
    plugin.startup()
    pipeline = plugin.create_pipeline(plugin.ingestion_config("orders"))
    assert plugin.load(pipeline).success
    with ThreadPoolExecutor(2) as workers:
        yield {"plugin": plugin, "pipeline": pipeline, "workers": workers, "day": "2026-03-01"}
    plugin.shutdown()


def python_blocks() -> list[Block]:
    return [block for block in blocks("python") if block.page not in RUN_ELSEWHERE]


@pytest.mark.parametrize("block", python_blocks(), ids=str)
@pytest.mark.usefixtures("folder")
def test_python_on_the_pages_runs(
    block: Block, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("code_on_a_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    if "plugin." in block.code and "plugin =" not in block.code:
        vars(module).update(request.getfixturevalue("shop"))
    exec(compile(block.code, str(block), "exec"), vars(module))  # noqa: S102 - it is our page
    for name in ("report", "result"):
        if (ended := vars(module).get(name)) is not None:
            assert getattr(ended, "success", True), ended
    if isinstance(defs := vars(module).get("defs"), Definitions):
        Definitions.validate_loadable(defs)


@pytest.mark.parametrize("block", blocks("yaml"), ids=str)
def test_settings_on_the_pages_are_valid(block: Block, folder: Path) -> None:
    check_settings(block.code, folder)


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_toml_on_the_pages_can_be_parsed(block: Block) -> None:
    assert tomllib.loads(block.code)


@pytest.mark.parametrize("block", blocks("sql"), ids=str)
def test_sql_on_the_pages_can_be_parsed_by_spark(block: Block) -> None:
    assert sqlglot.parse_one(block.code, dialect="spark")


def test_every_block_is_in_a_language_that_is_tested() -> None:
    known = [block for language in KNOWN_LANGUAGES for block in blocks(language)]
    marks = sum(len(re.findall(r"^ *```\w*$", page.read_text(), re.MULTILINE)) for page in PAGES)
    assert marks == 2 * len(known)


def test_commands_on_the_pages_name_targets_modules_and_files_that_are_there() -> None:
    wrong = [(page, missing) for page, command in commands() for missing in _missing(command)]
    assert [] == wrong


def test_commands_of_floe_ingest_on_the_pages_have_the_options_that_they_are_given() -> None:
    known = {
        command.name: {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        for command in get_command(app).commands.values()  # type: ignore[attr-defined]
    }
    wrong = [
        (page, name, option)
        for page, text in commands()
        for name, rest in re.findall(r"floe-ingest ([a-z]+)([^`|;&#]*)", text)
        for option in ["", *re.findall(r"(?<!\S)--?[a-z][\w-]*", rest)]
        if name not in known or option not in {"", "--help"} | known[name]
    ]
    assert [] == wrong
    assert {"init", "plan", "preview", "run"} <= known.keys()


def _missing(command: str) -> Iterator[str]:
    for target in re.findall(r"(?:^|; |&& )make ([a-z][a-z-]*)", command):
        if target not in MAKE_TARGETS:
            yield f"make {target}"
    for module in re.findall(r"python -m ([\w.]+)", command):
        if importlib.util.find_spec(module) is None:
            yield module
    folders = "docs|tests|src|examples|orchestrators|benchmarks|tools|[.]ci"
    for path in re.findall(rf"(?<![\w./-])(?:{folders})/[\w./-]*(?![\w./<*-])", command):
        if not (ROOT / path).exists():
            yield path


def test_links_on_the_pages_lead_to_files_that_are_there() -> None:
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", page.read_text())
    ]
    assert [] == [f"{page.name}: {target}" for page, target in links if not (page.parent / target).exists()]


def test_each_reason_is_of_a_page_with_such_blocks() -> None:
    assert set(RUN_ELSEWHERE) <= {block.page for block in blocks("python")}
