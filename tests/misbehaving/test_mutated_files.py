"""Readers of files that were changed at random: an error that names the file, or rows, within limits of time and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.misbehaving.mutated import KINDS, MEMORY, read

IS_FULL: Final = "FULL_SUITE" in os.environ
# Each child reads as many files; together 10,000 when all is tested.
FILES: Final = 850 if IS_FULL else 70
SEEDS: Final = range(4 if IS_FULL else 1)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_file_is_refused_by_name_or_has_rows(kind: str, seed: int) -> None:
    """In a child, because a crash of C code and a lack of memory end the process."""
    command = [sys.executable, "-m", "tests.misbehaving.mutated", kind, str(seed), str(FILES)]
    child = subprocess.run(command, capture_output=True, text=True, check=False, timeout=590)
    lines = child.stdout.splitlines()
    assert child.returncode == 0, f"died of {child.returncode} at {lines[-1:]}: {child.stderr[-2_000:]}"
    assert [] == [pair for pair in pairwise(lines) if pair[1].startswith("WRONG")]
    assert int(lines[-1].split()[1]) < MEMORY >> 22


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated")


@settings(max_examples=1_000 if IS_FULL else 50, deadline=None)
@given(
    text=st.text(st.sampled_from('ab1,"\\\n\r\t;\0 \ufeffé{}[]:'), max_size=60),
    ending=st.sampled_from(["csv", "jsonl", "csv.gz", "jsonl.zst", "csv.zip", "parquet"]),
)
def test_any_text_is_refused_by_name_or_has_rows(place: Path, text: str, ending: str) -> None:
    path = place / f"a.{ending}"
    path.write_bytes(text.encode() or b" ")
    answer = read(path, ending.split(".", maxsplit=1)[0])
    assert isinstance(answer, list) or str(path) in answer


FIELD = st.text(st.sampled_from('ab,"\n\r x'), min_size=1, max_size=6)


@settings(max_examples=1_000 if IS_FULL else 50, deadline=None)
@given(rows=st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=6), cut=st.integers(1, 3))
def test_a_csv_file_that_ends_in_quotes_is_refused_and_one_that_does_not_is_right(
    place: Path, rows: list[tuple[str, str]], cut: int
) -> None:
    """Whatever the texts are: the last quote decides."""

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = ["a,b", *(",".join(map(quoted, row)) for row in rows)]
    whole = "\n".join(lines)
    path = place / "rows.csv"
    path.write_bytes(whole.encode())
    assert [{"a": a, "b": b} for a, b in rows] == read(path, "csv")
    path.write_bytes((whole + "\n").encode())
    assert [{"a": a, "b": b} for a, b in rows] == read(path, "csv")
    if not rows[-1][1].rstrip("\r\n").endswith('"'):
        path.write_bytes((whole[:-1] + "x" * (cut - 1)).encode())
        answer = read(path, "csv")
        assert isinstance(answer, str)
        assert "ends within a value in quotes" in answer
