"""The most memory that loads take, by their size: `python -m benchmarks.memory [--memory-limit 1GiB] [--rows 1 10 50] [--texts]`.

Each load runs in a process of its own: millions of *rows* of four columns in a Parquet file, and 1 GB of *texts* of 1 MB and of 20 MB, which are
appended, replace the table, or are merged into as many. The last line of each is what it took.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from floe_core.plugins.ingestion import IngestionConfig

from benchmarks.suite.processes import cost_of, peak_mb
from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig

MB, MILLION, PART = 1 << 20, 1_000_000, 500_000
TEXT_SIZES = {1: 1_000, 20: 50}
FORMATS = ("parquet", "jsonl", "csv")
# A line of JSON may have 16 MB.
POSSIBLE = [(size, form) for size in TEXT_SIZES for form in FORMATS if (size, form) != (20, "jsonl")]
MODES = ("append", "replace", "merge")


def main(arguments: Sequence[str]) -> None:
    if arguments and arguments[0] == "load":
        load(*arguments[1:])
        return
    parser = argparse.ArgumentParser(prog="benchmarks.memory")
    parser.add_argument("--memory-limit", default="1GiB")
    parser.add_argument("--rows", type=int, nargs="*", default=[1, 10, 50], help="millions")
    parser.add_argument("--texts", action="store_true")
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="floe-memory-") as name:
        folder = Path(name)
        for millions in wanted.rows:
            measure(f"{millions} million rows", rows_in(folder, millions), "parquet", wanted.memory_limit)
        for size, form in POSSIBLE if wanted.texts else ():
            data = texts_in(folder, size, form)
            measure(f"1 GB of texts of {size} MB, {form}", data, form, wanted.memory_limit)


def measure(title: str, data: Path, form: str, limit: str) -> None:
    """Load the file in *data* in every mode, and merge it once more under another name."""
    for mode in MODES:
        with tempfile.TemporaryDirectory(prefix="floe-memory-") as place:
            loads = 2 if mode == "merge" else 1
            for number in range(loads):
                (file,) = data.iterdir()
                file.rename(data / f"{number}.{form}")
                cost = cost_of("benchmarks.memory", "load", str(data), form, mode, place, limit)
                sys.stdout.write(
                    f"| {title} | {mode}{' again' * number} | {cost.mb:,.0f} MB | {cost.wall:.1f} s |\n"
                )
                sys.stdout.flush()


def load(data: str, form: str, mode: str, place: str, limit: str) -> None:
    catalog = {"type": "sql", "uri": f"sqlite:///{place}/catalog.db", "warehouse": Path(place).as_uri()}
    plugin = DltIngestionPlugin()
    config = {"catalog_config": catalog, "pipelines_dir": f"{place}/pipelines", "memory_limit": limit}
    plugin.configure(DltIngestionConfig.model_validate(config))
    plugin.startup()
    # a column with another name, so that the file is not copied as it is
    source = {"path": data, "format": form, "primary_key": "key", "columns": {"id": {"name": "key"}}}
    wanted = IngestionConfig("filesystem", source, "bronze.t", write_mode=mode)
    result = plugin.run(plugin.create_pipeline(wanted))
    assert result.success, result.errors
    plugin.shutdown()
    sys.stdout.write(f"{peak_mb()}\n")


def rows_in(folder: Path, millions: int) -> Path:
    place = folder / f"rows-{millions}"
    place.mkdir()
    columns = pa.schema(
        {"id": pa.int64(), "amount": pa.float64(), "note": pa.string(), "at": pa.timestamp("us")}
    )
    with pq.ParquetWriter(place / "0.parquet", columns) as writer:
        for start in range(0, millions * MILLION, PART):
            ids = range(start, start + PART)
            notes = [f"note {number * 7919 % 1000003}" for number in ids]
            values = [ids, [number / 7 for number in ids], notes, [number * 1000 for number in ids]]
            arrays = [pa.array(each, kind) for each, kind in zip(values, columns.types, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=columns))
    return place


def texts_in(folder: Path, size: int, form: str) -> Path:
    place = folder / f"texts-{size}-{form}"
    place.mkdir()
    rows = ((number, text) for number, text in enumerate(texts(size)))
    file = place / f"0.{form}"
    if form == "parquet":
        schema = pa.schema({"id": pa.int64(), "body": pa.string()})
        with pq.ParquetWriter(file, schema) as writer:
            for number, text in rows:
                writer.write_table(pa.table({"id": [number], "body": [text]}, schema=schema))
        return place
    with file.open("w", newline="") as stream:
        if form == "csv":
            csv.writer(stream).writerows([("id", "body"), *rows])
        else:
            stream.writelines(f"{json.dumps({'id': number, 'body': text})}\n" for number, text in rows)
    return place


def texts(size: int) -> Iterator[str]:
    chosen = random.Random(1)  # noqa: S311 - the same texts each time
    return (chosen.randbytes(size * MB // 2).hex() for _ in range(TEXT_SIZES[size]))


if __name__ == "__main__":
    main(sys.argv[1:])
