"""The quickstart, followed as it is written, in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import structlog

from tests.cli.declared import ingest
from tests.documents.code_blocks import blocks
from tests.documents.pages import DOCS, block

PAGE = (DOCS / "quickstart.md").read_text()


def test_its_commands_load_the_file_and_its_python_reads_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "orders.csv").write_text(block(PAGE, "quickstart file"))
    before, shown = structlog.get_config(), list[str]()
    for command in block(PAGE, "quickstart").splitlines():
        program, *arguments = command.split()
        done = ingest(*arguments)
        assert ("floe-ingest", 0) == (program, done.exit_code), done.output
        shown.append(done.stdout)
    structlog.configure(**before)
    assert "new table bronze.orders" in shown[2]
    assert "loaded" in shown[3]
    assert "nothing new" in shown[4]
    (read,) = (each for each in blocks("python") if each.page == "docs/quickstart.md")
    exec(compile(read.code, "quickstart", "exec"), {})  # noqa: S102 - it is our page
    assert re.search(r"Ada.*Grace", capsys.readouterr().out, re.DOTALL)


def test_the_commands_for_databases_and_apis_are_those_of_the_program() -> None:
    for line in re.findall(r"^    floe-ingest (\w+)", PAGE, re.MULTILINE):
        assert ingest(line, "--help").exit_code == 0
