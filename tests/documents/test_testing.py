"""The page on testing, followed as it is written, by a pytest of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.code_blocks import blocks

CONFTEST, PIPELINES, DESTINATION = (
    block.code for block in blocks("python") if block.page == "docs/testing.md"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    return tmp_path


def outcome(folder: Path, *options: str) -> str:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


def test_its_pipelines_are_tested_without_a_service(folder: Path) -> None:
    (folder / "test_pipelines.py").write_text(PIPELINES)
    shown = outcome(folder)
    assert "2 passed" in shown, shown


ANSWERS = """
import pytest
from floe_ingestion_dlt.testing.fixtures import Answer

@pytest.mark.parametrize(
    ("answers", "success", "fault"),
    [
        ([Answer.REFUSE], False, "CommitRefused(table='bronze.orders'"),
        ([Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST], True, "None"),
        ([Answer.LOSE_THE_REQUEST], True, "None"),
    ],
)
def test_answers(plugin_on_answers, dlt_pipeline, mock_dlt_source, answers, success, fault):
    plugin = plugin_on_answers(*answers)
    report = plugin.load(dlt_pipeline(plugin, "bronze.orders"), source=mock_dlt_source(orders=[{"id": 1}]))
    assert (report.success, fault) == (success, str(report.fault)[: len(fault)])
    assert report.rows == success
"""


def test_answers_are_given_to_commits_of_the_users_tables(folder: Path) -> None:
    (folder / "test_answers.py").write_text(ANSWERS)
    shown = outcome(folder)
    assert "3 passed" in shown, shown


def test_the_laws_hold_for_its_destination(folder: Path) -> None:
    (folder / "test_destination.py").write_text(DESTINATION)
    shown = outcome(folder, "-k", "Commits or States")
    found = re.search(r"(\d+) passed", shown)
    assert "failed" not in shown, shown
    assert found is not None
    assert int(found[1]) > 20


def test_the_laws_see_a_destination_that_breaks_them_and_show_the_values(folder: Path) -> None:
    broken = DESTINATION.replace(
        "return self.inner.commit", "self.inner.commit(load, base); return self.inner.commit"
    )
    (folder / "test_destination.py").write_text(broken)
    shown = outcome(folder, "-k", "Commits")
    assert re.search(r"\d+ failed", shown), shown
    assert "where True = is_successful(<Success: " in shown, shown
