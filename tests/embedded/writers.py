"""A process that writes to a table which others write to at the same time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from returns.pipeline import is_successful
from returns.result import Result

from floe_ingestion_dlt.adapters.dlt.loader.commit_pauses import pauses
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.system.clock import WallClock
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Load, TableMode, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import FileToStage

ValueT = TypeVar("ValueT")

LOADS_EACH: Final = 4
KEYS: Final = 20


def rows_of(load_id: str) -> list[dict[str, Any]]:
    """What the load brings: half of the keys, so that each two loads share some and none has all of another's."""
    writer, number = map(int, load_id.split("-"))
    keys = (key for key in range(KEYS) if (key * 7 + writer * 3 + number) % 4 < 2)
    return [{"id": key, "load": load_id} for key in keys]


def demand(result: Result[ValueT, Fault]) -> ValueT:
    """What succeeded; a fault ends the process, and is told."""
    if is_successful(result):
        return result.unwrap()
    raise RuntimeError(result.failure().message)


@dataclass(frozen=True)
class Writer:
    """One of *writers* processes that all begin at the same moment."""

    folder: Path
    catalog: Mapping[str, str]
    table: TableName
    number: int
    writers: int
    mode: TableMode
    attempts: int = 20

    def write(self) -> None:
        """Make catalog and table if nobody has, and bring one load after another."""
        destination = IcebergDestination.from_properties(self.catalog)
        self._wait_for_the_others()
        for number in range(LOADS_EACH):
            load_id = f"{self.number}-{number}"
            path = self.folder / f"{load_id}.parquet"
            pq.write_table(pa.Table.from_pylist(rows_of(load_id)), path)
            demand(destination.evolve(self.table, destination.schema_of(path).unwrap()))
            staged = demand(destination.stage(FileToStage(path, self.table, load_id, may_discard=False)))
            load = Load(load_id, (TableWrite(self.table, self.mode, staged),))
            pause = pauses(WallClock())
            demand(commit_once(load, destination, attempts=self.attempts, pause=pause))

    def _wait_for_the_others(self) -> None:
        (self.folder / f"ready-{self.number}").touch()
        while len(list(self.folder.glob("ready-*"))) < self.writers:
            time.sleep(0.001)
