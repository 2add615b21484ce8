"""Files that are written by column take the place of their rows, also if a process dies on the way."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.common.schema import Schema

from floe_ingestion_dlt.adapters.dlt.engine.column_files import ExtractedRows, TableFiles
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DestinationCapabilitiesContext,
    ParsedLoadJobFileName,
)

ROWS = ["orders.1.0.typed-jsonl.gz", "orders.2.0.typed-jsonl.gz"]
FILES = ["orders.3.0.parquet", "orders__lines.4.0.parquet"]
OTHERS = ["_dlt_pipeline_state.5.0.typed-jsonl", "people.6.0.typed-jsonl"]


def package(folder: Path, jobs: list[str], waiting: list[str], written: str) -> Path:
    """The jobs of a package, which has files that wait in the folder *written*."""
    extracted = Path(folder, "normalize", "extracted", "7")
    for place, names in (("new_jobs", jobs), (f"by_column/{written}", waiting)):
        Path(extracted, place).mkdir(parents=True)
        for name in names:
            Path(extracted, place, name).write_bytes(b"")
    ExtractedRows(folder, "7", Schema("orders"), DestinationCapabilitiesContext()).finish()
    assert not Path(extracted, "by_column").exists()
    return Path(extracted, "new_jobs")


@pytest.mark.parametrize("deleted", [0, 1, 2])
@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_step_that_was_interrupted_is_finished(tmp_path: Path, deleted: int, moved: int) -> None:
    jobs = package(tmp_path, [*ROWS[deleted:], *FILES[:moved], *OTHERS], FILES[moved:], "orders")
    assert {*FILES, *OTHERS} == {job.name for job in jobs.iterdir()}


def test_files_that_are_not_all_written_do_not_count(tmp_path: Path) -> None:
    jobs = package(tmp_path, [*ROWS, *OTHERS], FILES[:1], "orders.tmp")
    assert {*ROWS, *OTHERS} == {job.name for job in jobs.iterdir()}


@pytest.mark.parametrize(("size", "files"), [(1_000_000_000, 1), (1, 3)])
def test_the_next_file_begins_when_one_is_full(tmp_path: Path, size: int, files: int) -> None:
    capabilities = DestinationCapabilitiesContext()
    capabilities.recommended_file_size = size
    held = 1_000_000
    text = "x" * (held // 2)
    rows = pa.table({"id": range(6), "text": [text] * 6})
    with TableFiles(tmp_path, "orders", rows.schema, capabilities, held) as written:
        written.add(rows.slice(0, 5))
        written.add(rows.slice(5))
    names = sorted(file.name for file in tmp_path.iterdir())
    assert len(names) == files
    assert {"orders"} == {ParsedLoadJobFileName.parse(name).table_name for name in names}
    parts = pa.concat_tables(pq.read_table(tmp_path / name) for name in names)
    assert parts.sort_by("id").equals(rows)
