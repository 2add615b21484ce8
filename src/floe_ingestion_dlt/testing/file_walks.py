"""Long random walks through the life of a table whose rows come from files, which may be written again."""

from __future__ import annotations

import json
from typing import Final

import pyarrow as pa
from hypothesis import strategies as st
from hypothesis.stateful import rule
from returns.result import Result, Success

from floe_ingestion_dlt.domain.load import Load, StateCursor, TableWrite
from floe_ingestion_dlt.domain.merge import ReplaceFiles
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.testing.lab import rows_of, staged, state_after
from floe_ingestion_dlt.testing.walks import HOSTS, ORDERS, Ending, TableWalk

FILE: Final = "_floe_file"
FILES: Final = ("a", "b", "c")


class FileWalk(TableWalk):
    """After each step the table has the rows of the files in its state, each in the version that the state has.

    A run reads the files that are new or were written again since the state; their rows replace those that the table has of them.
    """

    columns = TableSchema((Column(FILE, Scalar.STRING), Column("version", Scalar.LONG)))

    def __init__(self) -> None:
        super().__init__()
        # the version of each file; the number of its rows is the version modulo 3
        self.folder: dict[str, int] = {}

    @rule(name=st.sampled_from(FILES), by=st.integers(1, 4))
    def a_file_is_written(self, name: str, by: int) -> None:
        self.folder[name] = self.folder.get(name, 0) + by

    @rule(host=st.sampled_from(HOSTS), ending=st.sampled_from(Ending))
    def run(self, host: str, ending: Ending) -> None:
        """Commit what is pending, then load the files that are new or were written again."""
        self.finish_pending(host)
        known, load_id = self.known_files, self.new_id()
        read = {name: version for name, version in self.folder.items() if known.get(name) != version}
        changed = tuple(name for name in read if name in known)
        rows = [(name, version) for name, version in read.items() for _ in range(version % 3)]
        mode = ReplaceFiles(FILE, changed) if changed else Append()
        files = (staged(self.lab, ORDERS, self.table_of(rows), load_id),) if rows else ()
        writes = (TableWrite(ORDERS, mode, files),) if rows or changed else ()
        state = json.dumps({"files": known | read, "by": load_id})
        self.begin(host, Load(load_id, writes, state_after(self.lab, ORDERS, state)), ending)

    def run_once(self, host: str) -> None:
        self.run(host, Ending.LANDS)

    def table_of(self, rows: list[tuple[str, int]]) -> pa.Table:
        names, versions = [name for name, _ in rows], [version for _, version in rows]
        later = {column.name: pa.array(versions, pa.int64()) for column in self.schema.columns[2:]}
        return pa.table({FILE: names, "version": pa.array(versions, pa.int64())} | later)

    @property
    def known_files(self) -> dict[str, int]:
        return dict(json.loads(self.state)["files"]) if self.state else {}

    def cursor_in(self, state: str) -> Result[StateCursor | None, str]:  # noqa: ARG002 - there is none
        return Success(None)

    def the_rows_are_those_of_the_state(self) -> None:
        expected = [(name, version) for name, version in self.known_files.items() for _ in range(version % 3)]
        assert sorted(expected) == sorted((row[FILE], row["version"]) for row in rows_of(self.lab, ORDERS))
