"""The memory of a load depends neither on the length of its texts nor on the size of its files."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

LENGTH: Final = 1_000_000
ROWS: Final = 500
# Some batches, a row group, and what one copy of them takes.
MOST_BYTES: Final = 400_000_000

LOAD: Final = r"""
import sys
from pathlib import Path
import pyarrow as pa
from tests.platforms import Platform
folder, files, format, mode = sys.argv[1:]
platform = Platform(Path(folder))
platform.data = Path(files)
source = {"format": format} | ({"primary_key": "id"} if mode == "merge" else {})
for _ in range(2 if mode == "merge" else 1):
    result = platform.load(source_config=source, write_mode=mode)
    assert result.success, result.errors
most = pa.default_memory_pool().max_memory()
print(len(platform.rows("id")), most, sep="\n")
"""


def texts() -> Iterator[tuple[int, str]]:
    chance = random.Random(1)
    return ((number, chance.randbytes(LENGTH // 2).hex()) for number in range(ROWS))


def write(file: Path, kind: str) -> None:
    if kind == "parquet":
        schema = pa.table({"id": [0], "t": [""]}).schema
        with pq.ParquetWriter(file, schema, compression="none") as writer:
            for number, text in texts():
                writer.write_table(pa.table({"id": [number], "t": [text]}))
        return
    with file.open("w") as lines:
        if kind == "csv":
            lines.write("id,t\n")
        for number, text in texts():
            line: Any = f"{number},{text}" if kind == "csv" else json.dumps({"id": number, "t": text})
            lines.write(f"{line}\n")


@pytest.mark.parametrize(("kind", "mode"), [("parquet", "append"), ("parquet", "merge"), ("csv", "append")])
def test_long_texts_are_not_held_all_at_once(tmp_path: Path, kind: str, mode: str) -> None:
    for name in ("files", "home"):
        (tmp_path / name).mkdir()
    write(tmp_path / "files" / f"a.{kind}", kind)
    command = [sys.executable, "-c", LOAD, str(tmp_path / "home"), str(tmp_path / "files"), kind, mode]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    rows, most = map(int, ended.stdout.splitlines()[-2:])
    assert ROWS == rows
    assert most <= MOST_BYTES
