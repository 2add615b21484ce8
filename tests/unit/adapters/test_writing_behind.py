"""Tables are encoded in a thread while the next ones are read: the file is the same, and no error is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.common.data_writers.exceptions import FileRotationRequired
from dlt.common.destination import DestinationCapabilitiesContext

from floe_ingestion_dlt.adapters.arrow.writing_behind import WritingBehind
from floe_ingestion_dlt.adapters.dlt_api.parquet_writer import ParquetWriter

SMALL: Final = pa.table({"id": [1, 2]})
LARGE: Final = pa.table({"id": range(300_000)})


class Encoder:
    """A writer that notes what it does, waits for *go*, and fails on purpose."""

    def __init__(self, *, fails: bool = False) -> None:
        self.schema, self.fails = LARGE.schema, fails
        self.rows, self.threads = list[int](), set[str]()
        self.go = threading.Event()
        self.go.set()
        self.is_closed = False

    def write_table(self, table: pa.Table, _row_group_size: int | None) -> None:
        self.threads.add(threading.current_thread().name)
        assert self.go.wait(5)
        if self.fails:
            raise OSError(28, "No space left on device")
        self.rows.append(len(table))

    def close(self) -> None:
        self.is_closed = True

    def behind(self) -> WritingBehind:
        return WritingBehind(cast("pq.ParquetWriter", self))


def test_the_file_has_the_tables_in_their_order(tmp_path: Path) -> None:
    tables = [LARGE, SMALL, LARGE.slice(0, 200_000), SMALL.slice(1), LARGE]
    with WritingBehind(pq.ParquetWriter(tmp_path / "behind.parquet", LARGE.schema)) as behind:
        for table in tables:
            behind.write_table(table)
    assert pa.concat_tables(tables).equals(pq.read_table(tmp_path / "behind.parquet"))
    footer = pq.read_metadata(tmp_path / "behind.parquet")
    groups = [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]
    assert groups == [len(table) for table in tables]


def test_a_large_table_is_not_waited_for_until_the_next_one() -> None:
    encoder = Encoder()
    encoder.go.clear()
    with encoder.behind() as behind:
        behind.write_table(LARGE)
        assert not encoder.rows
        encoder.go.set()
        behind.wait()
        assert [len(LARGE)] == encoder.rows
    assert encoder.is_closed
    assert threading.current_thread().name not in encoder.threads


def test_small_tables_need_no_thread() -> None:
    encoder = Encoder()
    with encoder.behind() as behind:
        behind.write_table(SMALL)
    assert {threading.current_thread().name} == encoder.threads


@pytest.mark.parametrize(
    "call",
    [
        lambda behind: behind.write_table(SMALL),
        lambda behind: behind.write_table(LARGE),
        WritingBehind.wait,
        WritingBehind.close,
    ],
    ids=["small", "large", "wait", "close"],
)
def test_the_next_call_raises_the_error_once_and_the_file_can_be_closed(
    call: Callable[[WritingBehind], None],
) -> None:
    encoder = Encoder(fails=True)
    behind = encoder.behind()
    behind.write_table(LARGE)
    with pytest.raises(OSError, match="No space left"):
        call(behind)
    behind.close()
    assert encoder.is_closed
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("encoder")]


def test_the_error_of_the_block_is_the_one_that_is_raised() -> None:
    encoder = Encoder(fails=True)

    def fail_while_one_is_encoded() -> None:
        with encoder.behind() as behind:
            behind.write_table(LARGE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_while_one_is_encoded()
    assert encoder.is_closed


def tables_in_a_file(path: Path, capabilities: DestinationCapabilitiesContext) -> int:
    """How many large tables a file takes until the next one has to begin."""
    with path.open("wb") as file:
        writer = ParquetWriter(file, capabilities)
        for written in range(50):
            try:
                writer.write_data([LARGE])
            except FileRotationRequired:
                writer.close()
                return written
    return 50


def test_files_end_at_the_same_rows_whatever_the_threads_do(tmp_path: Path) -> None:
    capabilities = DestinationCapabilitiesContext.generic_capabilities()
    capabilities.recommended_file_size = 1_000_000
    ends = {tables_in_a_file(tmp_path / f"{number}.parquet", capabilities) for number in range(10)}
    assert len(ends) == 1
    assert 0 < ends.pop() < 50
