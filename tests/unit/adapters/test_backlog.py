"""Readers that read ahead get no more than they free."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.dataset
import pyarrow.dataset as ds
import pytest

from floe_ingestion_dlt.adapters.arrow.batches_ahead import for_duckdb
from floe_ingestion_dlt.adapters.arrow.stubs import as_file
from floe_ingestion_dlt.adapters.sources.filesystem.blocks_ahead import BlocksAhead
from floe_ingestion_dlt.adapters.system import backlog
from floe_ingestion_dlt.adapters.system.backlog import Backlog

ROWS = 10_000
KINDS: dict[str, pa.DataType] = {
    "id": pa.int64(),
    "text": pa.string(),
    "flag": pa.bool_(),
    "many": pa.list_(pa.int64()),
}
COLUMNS = pa.schema(KINDS)


class Owner:
    """Something that can become garbage."""


def test_it_waits_until_enough_is_garbage() -> None:
    held = Backlog(100, 1)
    owners = [Owner(), Owner()]
    for owner in owners:
        held.add(owner, 60)
    del owner
    waited = threading.Event()

    def wait() -> None:
        held.wait()
        waited.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not waited.wait(0.1)
    owners.pop()
    assert waited.wait(0.9)
    thread.join()


def test_it_does_not_wait_for_ever_for_a_reader_that_needs_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "PATIENCE", 0.05)
    held = Backlog(1, 1)
    held.add(owner := Owner(), 5)
    held.wait()
    assert owner is not None


def batches(count: int, rows: int) -> Iterator[pa.RecordBatch]:
    for number in range(count):
        ids = range(number * rows, (number + 1) * rows)
        columns = [
            ids,
            [f"{n}" if n % 3 else None for n in ids],
            [n % 2 == 0 for n in ids],
            [[n] for n in ids],
        ]
        made = [pa.array(values, kind.type) for values, kind in zip(columns, COLUMNS, strict=True)]
        # a part of an array has an offset
        yield pa.RecordBatch.from_arrays([array.slice(1) for array in made], schema=COLUMNS)


def test_duckdb_gets_all_rows_of_a_stream_as_they_are() -> None:
    given = pa.Table.from_batches(list(batches(5, 1_000)))
    stream = for_duckdb(pa.RecordBatchReader.from_batches(COLUMNS, batches(5, 1_000)), most=1)
    with duckdb.connect() as sql:
        sql.register("stream", stream)
        assert given.equals(sql.execute("FROM stream ORDER BY id").to_arrow_table().cast(COLUMNS))


def test_a_stream_is_not_read_far_ahead_of_who_reads_it() -> None:
    read = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for batch in batches(200, ROWS):
            read += 1
            yield batch

    size = next(batches(1, ROWS)).nbytes
    stream = for_duckdb(pa.RecordBatchReader.from_batches(COLUMNS, counted()), most=5 * size)
    scanner = ds.Scanner.from_batches(stream).to_reader()
    first = next(scanner)
    time.sleep(0.3)
    assert read <= 7
    assert len(first) == ROWS - 1
    del scanner, first


def test_a_file_is_not_read_far_ahead_of_who_reads_it() -> None:
    block = 32 << 20
    rows = b"x" * (block // 3) + b"\n"
    raw = io.BytesIO(rows * 60)
    options = pc_csv.ReadOptions(block_size=block, column_names=["a"], use_threads=False)
    reader = pc_csv.open_csv(as_file(BlocksAhead(raw)), options)
    first = next(iter(reader))
    time.sleep(0.3)
    assert first.num_rows == 2
    assert raw.tell() <= 6 * block
    assert 58 == sum(batch.num_rows for batch in reader)
