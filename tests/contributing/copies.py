"""A copy of the package for a contributor's change: what is changed is counted, and tests run against the copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from filecmp import cmp
from pathlib import Path
from textwrap import dedent
from typing import Final, final

REPOSITORY: Final = Path(__file__).parents[2]
PACKAGE: Final = Path("src/floe_ingestion_dlt")


@final
class PackageCopy:
    """The package in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.copytree(REPOSITORY / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))

    def add(self, file: str, text: str) -> None:
        """Write a new file."""
        path = self._folder / PACKAGE / file
        assert not path.exists()
        path.write_text(text)

    def replace(self, file: str, old: str, new: str) -> None:
        """Put *new* in the place of *old*, which the file has once."""
        path = self._folder / PACKAGE / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new))

    def changed(self) -> list[str]:
        """The files that are new or differ."""
        root, original = self._folder / PACKAGE, REPOSITORY / PACKAGE
        files = (path.relative_to(root) for path in root.rglob("*") if path.suffix == ".py")
        return sorted(str(file) for file in files if not _is_same(original / file, root / file))

    def test(self, code: str) -> None:
        """Run tests against the copy; they must pass."""
        file = self._folder / "test_change.py"
        file.write_text(dedent(code))
        paths = os.pathsep.join(map(str, (self._folder / "src", REPOSITORY)))
        # The copy's lines are not the project's: no coverage is measured of them.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(file)],
            cwd=self._folder,
            env=environment | {"PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _is_same(original: Path, copy: Path) -> bool:
    return original.exists() and cmp(original, copy, shallow=False)


def code_in(page: str, heading: str) -> list[str]:
    """The blocks of Python below a heading of the page."""
    _, _, after = (REPOSITORY / page).read_text().partition(f"\n{heading}\n")
    section = re.split(r"^#+ ", after, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
