"""The package with the lowest versions of what it depends on."""

from __future__ import annotations

from pathlib import Path

from tests.packages.environments import ROOT, environment, python_of
from tests.packages.steps import rows_of_files


def test_the_lowest_versions_that_are_allowed_work(wheel: Path, tmp_path: Path) -> None:
    options = ("--resolution", "lowest-direct", "--requirements", str(ROOT / "pyproject.toml"))
    made = environment(tmp_path / "env", python_of("3.11"), *options, str(wheel))
    assert [1, 2] == rows_of_files(made, tmp_path)
