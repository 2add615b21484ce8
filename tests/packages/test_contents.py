"""What is in the wheel and in the sdist."""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.packages.environments import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture
def metadata(wheel: Path, names: set[str]) -> Message:
    (name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        return message_from_string(archive.read(name).decode())


def test_the_wheel_has_all_modules_and_nothing_but_the_package(names: set[str]) -> None:
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*.py")}
    assert sources == {name for name in names if name.endswith(".py")}
    outside = {name.partition("/")[0] for name in names}
    assert {"floe_ingestion_dlt", f"floe_ingestion_dlt-{PROJECT['version']}.dist-info"} == outside


def test_the_wheel_says_that_it_is_typed_and_has_the_licence(names: set[str]) -> None:
    assert "floe_ingestion_dlt/py.typed" in names
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)


def test_the_metadata_has_the_licence_the_pythons_and_every_extra(metadata: Message) -> None:
    assert ("Apache-2.0", ">=3.11") == (metadata["License-Expression"], metadata["Requires-Python"])
    assert set(PROJECT["optional-dependencies"]) == set(metadata.get_all("Provides-Extra", []))


def test_the_sdist_has_the_tests_and_the_pages(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"README.md", "LICENSE", "docs/quickstart.md", "tests/packages/test_contents.py"} <= names
    assert not {name for name in names if name.startswith((".venv", ".floe", ".platform"))}
