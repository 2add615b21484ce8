"""Files stay short enough to be read at once."""

from __future__ import annotations

from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
MOST_LINES: Final = 300


def test_no_file_of_python_has_more_than_300_lines() -> None:
    parts = [REPOSITORY / part for part in ("src", "orchestrators", "tests", "benchmarks", "examples")]
    files = [file for part in parts for file in part.rglob("*.py")]
    assert files
    lines = {str(file.relative_to(REPOSITORY)): len(file.read_text().splitlines()) for file in files}
    assert {} == {file: count for file, count in lines.items() if count > MOST_LINES}
