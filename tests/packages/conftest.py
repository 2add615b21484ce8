"""The package as it is built, and an environment with it."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Final

import pytest

from tests.packages.environments import PYTHONS, Environment, build, environment, python_of


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def wheel(built: tuple[Path, Path]) -> Path:
    return built[0]


@pytest.fixture(scope="session")
def sdist(built: tuple[Path, Path]) -> Path:
    return built[1]


# The checks before a merge try one of the Pythons.
SEED: Final = os.environ.get("SAMPLE_SEED")
TRIED: Final = (random.Random(SEED).choice(PYTHONS),) if SEED else PYTHONS


@pytest.fixture(scope="session", params=TRIED)
def installed(
    request: pytest.FixtureRequest, wheel: Path, sdist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """An environment of each Python with only the package."""
    python = python_of(request.param)
    package = sdist if request.param == PYTHONS[0] else wheel
    return environment(tmp_path_factory.mktemp("python") / "env", python, str(package))
