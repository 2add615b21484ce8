"""What `make` says where something that it needs is not there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.contributing.copies import REPOSITORY
from tests.services.reachable import unreachable


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without an environment."""
    for name in ("Makefile", "uv.lock", "pyproject.toml", "services.env", "orchestrators"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    return tmp_path


def program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def make(folder: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path or os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [str(which("make")), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_python_that_is_too_old_is_named_with_what_to_do(checkout: Path) -> None:
    old = program(checkout / "bin", "old", '[ "$1" = --version ] && echo "Python 3.10.13"')
    done = make(checkout, "setup", f"PYTHON={old}")
    assert done.returncode != 0
    assert f"{old} is Python 3.10.13, and 3.11 or later is needed: make setup PYTHON=..." in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_not_there_is_named(checkout: Path) -> None:
    done = make(checkout, "setup", "PYTHON=nosuchpython")
    assert done.returncode != 0
    assert "nosuchpython is not Python, and 3.11 or later is needed" in done.stderr


def test_a_docker_without_compose_is_named_with_what_to_do(checkout: Path) -> None:
    docker = program(checkout / "bin", "docker", "exit 125")
    done = make(checkout, "up", path=f"{docker.parent}:{os.environ['PATH']}")
    assert done.returncode != 0
    assert "make up needs docker with its plugin compose (docker compose version)" in done.stderr


def test_services_that_are_not_there_are_named_before_any_test() -> None:
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "DATABASE_URL": "postgresql://me:hush@127.0.0.1:1/d",
        "POLARIS_URI": "http://127.0.0.1:1/api/catalog",
    }
    found = list(unreachable(nowhere))
    assert ["S3", "Postgres", "Polaris", "toxiproxy"] == [each.partition(":")[0] for each in found]
    assert "toxiproxy: TOXIPROXY_URL is not set" == found[-1]
    assert all("nothing answers at 127.0.0.1:1" in each for each in found[:3])
    assert "hush" not in "".join(found)
