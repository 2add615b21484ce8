"""A real catalog as the explorer wants it: requests to commit are answered, held and delivered by the server in front of it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, Protocol, final

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestone
from floe_ingestion_dlt.testing import Lab
from floe_ingestion_dlt.testing.explorer import NESTED, ROOT, STORIES, MakeGround, Story, explore
from floe_ingestion_dlt.testing.explorer.catalogs import SCHEMA, Asked
from floe_ingestion_dlt.testing.explorer.choices import Script
from floe_ingestion_dlt.testing.explorer.proof import in_memory
from floe_ingestion_dlt.testing.lab import staged
from tests.rest.odd import COMMITS, Oddity, OddServer, Request

ODDITIES: Final = {
    Answer.LAND: None,
    Answer.LAND_AND_LOSE_THE_ANSWER: Oddity(is_done=True, status=504),
    Answer.LAND_AND_SAY_CONFLICT: Oddity(is_done=True, status=409),
    Answer.LAND_AND_SAY_REFUSED: Oddity(is_done=True, status=403),
    Answer.LOSE_THE_REQUEST: Oddity(is_done=False, status=504),
    Answer.ARRIVE_LATE: Oddity(is_done=False, status=504, is_held=True),
    Answer.CONFLICT: Oddity(is_done=False, status=409),
    Answer.REFUSE: Oddity(is_done=False, status=403),
}
# Stories of few schedules: a schedule takes a second here.
SHORT: Final = [story for story in STORIES if all(len(act) == 1 for act in story.acts)]


def short_stories() -> list[Story]:
    """All of them for the full suite, else one."""
    if os.environ.get("FULL_SUITE"):
        return SHORT
    return [random.Random(os.environ.get("SAMPLE_SEED", "")).choice(SHORT)]


class ServedLab(Lab, Protocol):
    """A laboratory behind a server that answers as it is told to; *catalog* is what lies behind that."""

    catalog: Catalog
    iceberg: IcebergDestination

    @property
    def server(self) -> OddServer: ...


Complaints = dict[Script, tuple[str, ...]]


def same_schedules(lab: ServedLab, story: Story, faults: int) -> Complaints:
    """What is wrong with each schedule of *story* in the lab, which is what is wrong with it in memory."""

    def make(_story: Story, asked: Asked, between_tables: Callable[[], None]) -> ServedGround:
        return ServedGround(lab, asked, between_tables)

    there, here = _complaints(story, make, faults), _complaints(story, in_memory(), faults)
    assert here == there
    return there


def _complaints(story: Story, make: MakeGround, faults: int) -> Complaints:
    found: Complaints = {}
    explore(story, make, faults, report=lambda one: found.update({one.script: one.complaints}))
    return found


@final
class ServedGround:
    """Two new tables in the catalog behind a server."""

    def __init__(self, lab: ServedLab, asked: Asked, between_tables: Callable[[], None]) -> None:
        def passed(moment: Milestone, _of: str) -> None:
            if moment is Milestone.BETWEEN_TABLES:
                between_tables()

        self._lab = lab
        self._destination = IcebergDestination(lambda: lab.iceberg.catalog, "explored", passed)
        lab.server.will_answer([])
        for table in (ROOT, NESTED):
            self._destination.drop_table(table).unwrap()
            self._destination.evolve(table, SCHEMA).unwrap()
        lab.server.held.clear()
        lab.server.odd_body = b'"floe.load-id"'
        lab.server.will_answer(self._oddities(asked), COMMITS)

    @staticmethod
    def _oddities(asked: Asked) -> Iterator[Oddity | None]:
        while True:
            yield ODDITIES[asked()]

    @property
    def destination(self) -> Destination:
        return self._destination

    def stage(self, table: TableName, ids: Sequence[int], load_id: str) -> StagedFile:
        return staged(self._lab, table, pa.table({"id": pa.array(ids, pa.int64())}), load_id)

    def ids(self, table: TableName) -> list[int]:
        rows: list[int] = self._table(table).scan().to_arrow()["id"].to_pylist()  # type: ignore[assignment]  # none is null
        return sorted(rows)

    def missing(self) -> tuple[str, ...]:
        tables = map(self._table, (ROOT, NESTED))
        return tuple(
            path for table in tables for path in _files(table) if not table.io.new_input(path).exists()
        )

    def delete(self, paths: Iterable[str]) -> None:
        table = self._table(ROOT)
        for path in paths:
            table.io.delete(path)

    @property
    def late(self) -> Sequence[Hashable]:
        return self._lab.server.held

    def deliver(self, request: Hashable) -> None:
        assert isinstance(request, Request)
        self._lab.server.held.remove(request)
        self._lab.server.answer(request)

    def snapshots(self) -> int:
        return self._lab.snapshots(ROOT)

    def roll_back(self) -> None:
        self._lab.roll_back(ROOT)

    def expire(self) -> None:
        self._lab.expire(ROOT)

    def foreign_commit(self) -> None:
        self._lab.foreign_commit(ROOT)

    def close(self) -> None:
        self._lab.server.will_answer([])
        self._lab.server.odd_body = b""

    def _table(self, table: TableName) -> Table:
        return self._lab.catalog.load_table((*table.namespace, table.name))


def _files(table: Table) -> set[str]:
    manifests = {
        manifest.manifest_path: manifest
        for snapshot in table.snapshots()
        for manifest in snapshot.manifests(table.io)
    }
    return {
        entry.data_file.file_path
        for manifest in manifests.values()
        for entry in manifest.fetch_manifest_entry(table.io)
    }
