"""The data of the workloads. It is the same for every program, and made once for each scale."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

# The columns of TPC-H's lineitem that are in CSV and JSON files.
COLUMNS: dict[str, pa.DataType] = {
    "l_orderkey": pa.int64(),
    "l_linenumber": pa.int64(),
    "l_quantity": pa.float64(),
    "l_extendedprice": pa.float64(),
    "l_returnflag": pa.string(),
    "l_shipdate": pa.date32(),
    "l_comment": pa.string(),
}
SHARE_OF_CSV, SHARE_OF_JSON = 2, 8
PAGE, PAGES_AT_FULL_SCALE = 100, 1000
CHANGED, NEW = 100_000, 20_000


def lineitem(folder: Path, scale: float) -> Path:
    """A Parquet file of TPC-H's lineitem, of 6 million rows at scale 1."""
    place = folder / "parquet"
    if not place.exists():
        program = shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent))
        assert program is not None, "tpchgen-cli is not installed: uv sync --group benchmarks"
        made = folder / "parquet-begun"
        arguments = ["parquet", "-s", str(scale), "--tables=lineitem", f"--output-dir={made}"]
        subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - pinned
        made.rename(place)
    return place


def rows_of(folder: Path, scale: float, share: int = 1) -> pa.Table:
    """One in *share* of the rows, in the types that all formats have."""
    (file,) = lineitem(folder, scale).iterdir()
    table = pq.read_table(file, columns=list(COLUMNS))
    return table.slice(0, len(table) // share).cast(pa.schema(COLUMNS))


def csv_files(folder: Path, scale: float) -> Path:
    place = folder / "csv"
    if not place.exists():
        place.mkdir()
        pacsv.write_csv(rows_of(folder, scale, SHARE_OF_CSV), place / "lineitem.csv")
    return place


def json_files(folder: Path, scale: float) -> Path:
    place = folder / "jsonl"
    if not place.exists():
        place.mkdir()
        rows = rows_of(folder, scale, SHARE_OF_JSON)
        with (place / "lineitem.jsonl").open("w") as file:
            for batch in rows.to_batches(10_000):
                file.writelines(json.dumps(row, default=str) + "\n" for row in batch.to_pylist())
    return place


@final
@dataclass(frozen=True, slots=True)
class Changes:
    """Changes of a table that has one in *share* of the rows, in so many *files*: of rows all over the table, or of the *newest* ones."""

    name: str
    share: int
    files: int
    newest: bool = False


def base_and_changes(folder: Path, scale: float, how: Changes) -> tuple[Path, Path]:
    """Folders with the rows of a table, in the order of their keys, and with those of a merge: changed rows and new ones."""
    base, changes = folder / f"{how.name}-base", folder / f"{how.name}-changes"
    if not changes.exists():
        rows = rows_of(folder, scale, how.share)
        rows = rows.append_column("id", pa.array(range(len(rows)), pa.int64()))
        changed, new = (max(1, int(count * scale)) for count in (CHANGED, NEW))
        step = 1 if how.newest else max(1, len(rows) // changed)
        taken = rows.take(list(range(len(rows) - 1, -1, -step))[:changed])
        added = rows.slice(0, new)
        ids = pa.array(range(len(rows), len(rows) + len(added)), pa.int64())
        added = added.set_column(added.column_names.index("id"), "id", ids)
        both = pa.concat_tables([taken, added])
        comment = pa.array([f"{text} changed" for text in both["l_comment"].to_pylist()])
        both = both.set_column(both.column_names.index("l_comment"), "l_comment", comment)
        for place, table, files in ((base, rows, how.files), (changes, both, 1)):
            place.mkdir()
            most = -(-len(table) // files)
            for number in range(files):
                part = table.slice(number * most, most)
                pq.write_table(part, place / f"rows-{number}.parquet", compression="zstd")
    return base, changes


def pages(scale: float) -> list[bytes]:
    """The answers of an API: pages of nested records."""
    count = max(2, int(PAGES_AT_FULL_SCALE * scale))
    return [json.dumps([record(page * PAGE + n) for n in range(PAGE)]).encode() for page in range(count)]


def record(number: int) -> dict[str, object]:
    return {
        "id": number,
        "name": f"customer {number}",
        "created": f"2026-01-{number % 28 + 1:02}T00:00:00Z",
        "score": number / 8,
        "address": {"city": f"city {number % 97}", "zip": f"{number % 9973:05}"},
        "orders": [{"sku": f"sku-{number % 13}-{n}", "quantity": n + 1} for n in range(3)],
    }
