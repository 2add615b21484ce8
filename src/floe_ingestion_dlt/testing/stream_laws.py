"""Loads that are described in files, with the rows that a table must have after them.

Each file of `streams/` is one case. To add a case, add a file:

    {"about": "what the case shows",
     "mode": "append", "replace" or "merge", with "strategy", "key" and "hard_delete" as in the configuration,
     "loads": [[file, file], [file]],      each file a list of rows
     "rows": [...]}                        in any order
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import pytest
from pydantic import BaseModel, ConfigDict

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, StagedFile, TableWrite
from floe_ingestion_dlt.domain.merge import MergeRows
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.testing.lab import Lab, Rows, file_of, rows_of
from floe_ingestion_dlt.testing.merge_laws import BY_KEY

STREAMS: Final = Path(__file__).parent / "streams"
NAMES: Final = sorted(file.stem for file in STREAMS.glob("*.json"))
TABLE: Final = TableName(("bronze",), "stream")


class Stream(BaseModel):
    """A file of `streams/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    mode: Literal["append", "replace", "merge"]
    strategy: str | None = None
    key: tuple[str, ...] = ()
    hard_delete: str | None = None
    loads: list[list[Rows]]
    rows: Rows


class StreamLaws:
    """After the loads of a file, the table has the rows that the file says."""

    @pytest.mark.parametrize("name", NAMES)
    def test_the_rows_are_those_that_the_file_says(self, lab: Lab, name: str) -> None:
        stream = Stream.model_validate_json((STREAMS / f"{name}.json").read_bytes())
        for number, files in enumerate(stream.loads):
            write = TableWrite(TABLE, _mode(stream), tuple(_staged(lab, f"{number}", rows) for rows in files))
            commit_once(Load(f"{number}", (write,)), lab.destination).unwrap()
        assert sorted(stream.rows, key=str) == sorted(rows_of(lab, TABLE), key=str)


def _mode(stream: Stream) -> Append | Replace | MergeRows:
    match stream.mode:
        case "append":
            return Append()
        case "replace":
            return Replace()
        case "merge":
            (strategy,) = (known for known in BY_KEY if known.name == stream.strategy)
            return MergeRows(strategy, stream.key, hard_delete=stream.hard_delete)


def _staged(lab: Lab, load_id: str, rows: Rows) -> StagedFile:
    """Stage a file, and first add its columns to the table."""
    path = file_of(lab, pa.Table.from_pylist(rows))
    lab.destination.evolve(TABLE, lab.destination.schema_of(path).unwrap()).unwrap()
    (file,) = lab.destination.stage(FileToStage(path, TABLE, load_id, may_discard=False)).unwrap()
    return file
