"""What all commands are tested on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.declared import declare


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with two sources."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAKE", str(tmp_path / "lake"))
    for name in ("people", "places"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.csv").write_text("id,name\n1,a\n2,b\n")
    declare(tmp_path, people="people", places="places")
    before = structlog.get_config()
    yield tmp_path
    structlog.configure(**before)
