"""Empty environments into which the built package is installed, as a user does."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any, Final, final

import pytest

ROOT: Final = Path(__file__).parents[2]
UV: Final = str(Path(sys.executable).with_name("uv"))
# The first is tried with the sdist, the others with the wheel.
PYTHONS: Final = ("3.11", "3.12", "3.13")


@final
@dataclass(frozen=True)
class Environment:
    """An environment with what was installed into it, and nothing else."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def command(self) -> str:
        """The path of `floe-ingest`."""
        return str(self.folder / "bin" / "floe-ingest")

    def run(self, code: str) -> Any:
        """What the Python *code* prints as JSON; it runs outside of the checkout."""
        shown = _output([self.python, "-I", "-c", code], cwd=self.folder)
        return json.loads(shown)


def environment(folder: Path, python: str, *requirements: str) -> Environment:
    """An environment in the *folder* with these requirements, which are checked to fit together."""
    made = Environment(folder)
    _output([UV, "venv", "--quiet", "--python", python, str(folder)])
    _output([UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", made.python, *requirements])
    _output([UV, "pip", "check", "--python", made.python])
    return made


def python_of(version: str) -> str:
    """A Python of this version; the test is skipped where the machine has none."""
    found = [f"{sys.version_info.major}.{sys.version_info.minor}" == version and sys.executable]
    found.append(_first_line([UV, "python", "find", "--no-python-downloads", version]))
    prefix = _first_line(["pyenv", "prefix", version]) if which("pyenv") else ""
    found.append(prefix and f"{prefix}/bin/python")
    chosen = next((path for path in found if path), None)
    if chosen is None:
        pytest.skip(f"this machine has no Python {version}")
    return str(chosen)


def build(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist of the checkout."""
    _output([UV, "build", "--quiet", "--out-dir", str(folder), str(ROOT)])
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, sdist


def _first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.partition("\n")[0].strip() if done.returncode == 0 else ""


def _output(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
