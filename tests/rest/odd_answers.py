"""A catalog that commits and does not say so, or says what is not so: nothing is doubled, nothing lost.

The tests of any catalog that can be told to: subclass them and give a fixture `shop`, or `served`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.table import Table
from returns.result import Result, Success

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.commit import Receipts, commit_once
from floe_ingestion_dlt.domain.faults import CommitConflict, CommitFault, CommitRefused, CommitUnknown
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import FileToStage
from tests.platforms import Platform
from tests.rest.odd import COMMITS, COMMITS_TO_DLT_TABLES, CUT, NAMESPACES, TABLES, Oddity, OddServer

ORDERS = TableName(("bronze",), "orders")
REFUSALS = (400, 401, 403, 404, 405, 422)
SILENCES = (CUT, 408, 419, 429, 500, 501, 502, 503, 504)
STATUSES = (*REFUSALS, 409, *SILENCES)


class Shop:
    """A table with one row, and a load that brings another."""

    def __init__(self, folder: Path, server: OddServer) -> None:
        self.folder = folder
        self.server = server
        self.destination = IcebergDestination.from_properties(self.server.properties)
        commit_once(self.load("1"), self.destination).unwrap()

    def load(self, load_id: str) -> Load:
        path = self.folder / f"{load_id}.parquet"
        pq.write_table(pa.table({"id": [load_id]}), path)
        self.destination.evolve(ORDERS, self.destination.schema_of(path).unwrap()).unwrap()
        file = FileToStage(path, ORDERS, load_id, may_discard=False)
        return Load(load_id, (TableWrite(ORDERS, Append(), self.destination.stage(file).unwrap()),))

    def sent(self, load: Load, oddities: Iterable[Oddity]) -> Result[Receipts, CommitFault]:
        self.server.will_answer(oddities)
        return commit_once(load, self.destination)

    @property
    def rows(self) -> list[str]:
        """The rows as somebody reads them who knows nothing of us."""
        return sorted(str(row) for row in self._table().scan().to_arrow()["id"].to_pylist())

    @property
    def snapshots(self) -> int:
        return len(self._table().snapshots())

    def has_files_of(self, load: Load) -> bool:
        io = self._table().io
        return all(io.new_input(file.path).exists() for write in load.writes for file in write.files)

    def _table(self) -> Table:
        return load_catalog("floe", **self.server.properties).load_table("bronze.orders")


class OddAnswersToCommits:
    """One table, and one load at the port."""

    @pytest.mark.parametrize("times", [1, 2, None], ids=["once", "twice", "always"])
    @pytest.mark.parametrize("status", STATUSES)
    def test_a_commit_that_landed_is_found_whatever_was_answered(
        self, shop: Shop, status: int, times: int | None
    ) -> None:
        load = shop.load("2")
        odd = Oddity(is_done=True, status=status)
        (receipt,) = shop.sent(load, repeat(odd) if times is None else [odd] * times).unwrap()
        assert 1 == receipt.rows
        assert ["1", "2"] == shop.rows
        assert 2 == shop.snapshots

    @pytest.mark.parametrize("times", [1, 2])
    @pytest.mark.parametrize("status", [409, *SILENCES])
    def test_a_commit_that_was_lost_is_sent_again(self, shop: Shop, status: int, times: int) -> None:
        odd = Oddity(is_done=False, status=status)
        assert isinstance(shop.sent(shop.load("2"), [odd] * times), Success)
        assert ["1", "2"] == shop.rows

    @pytest.mark.parametrize("status", SILENCES)
    def test_a_commit_that_is_never_answered_stays_open_and_keeps_its_files(
        self, shop: Shop, status: int
    ) -> None:
        load = shop.load("2")
        fault = shop.sent(load, repeat(Oddity(is_done=False, status=status))).failure()
        assert isinstance(fault, CommitUnknown)
        assert "load 2 to bronze.orders" in fault.message
        assert shop.has_files_of(load)
        assert isinstance(shop.sent(load, ()), Success)
        assert ["1", "2"] == shop.rows

    @pytest.mark.parametrize("status", REFUSALS)
    def test_a_commit_that_is_refused_leaves_nothing_behind(self, shop: Shop, status: int) -> None:
        load = shop.load("2")
        assert isinstance(
            shop.sent(load, repeat(Oddity(is_done=False, status=status))).failure(), CommitRefused
        )
        assert not shop.has_files_of(load)
        assert ["1"] == shop.rows

    def test_a_race_that_is_always_lost_may_be_run_again(self, shop: Shop) -> None:
        load = shop.load("2")
        fault = shop.sent(load, repeat(Oddity(is_done=False, status=409))).failure()
        assert isinstance(fault, CommitConflict)
        assert shop.has_files_of(load)
        assert isinstance(shop.sent(load, ()), Success)
        assert ["1", "2"] == shop.rows

    @pytest.mark.parametrize("refusal", [403, 409])
    def test_a_refusal_after_a_silence_proves_nothing(self, shop: Shop, refusal: int) -> None:
        load = shop.load("2")
        answers = [Oddity(is_done=False, status=504), *[Oddity(is_done=False, status=refusal)] * 30]
        assert isinstance(shop.sent(load, answers).failure(), CommitUnknown)
        assert shop.has_files_of(load)


class OddAnswersToRuns:
    """Whole runs: namespace, tables, columns, rows and dlt's own tables."""

    @pytest.mark.parametrize("status", [CUT, 500, 503, 504])
    @pytest.mark.parametrize("outcome", ["done", "lost"])
    @pytest.mark.parametrize("path", [NAMESPACES, TABLES, COMMITS, COMMITS_TO_DLT_TABLES])
    def test_a_first_run_and_a_second_bring_every_row_once_whatever_was_answered(
        self, served: tuple[Platform, OddServer], path: str, outcome: str, status: int
    ) -> None:
        platform, server = served
        for rows, text in enumerate(("id\n1\n", "id,name\n2,b\n"), start=1):
            platform.csv("orders.csv", text)
            server.will_answer([Oddity(outcome == "done", status)] * 2, path)
            result = platform.load()
            assert result.success, result.errors
            assert 1 == result.rows_loaded
            assert rows == platform.snapshots()
        assert [{"id": 1, "name": None}, {"id": 2, "name": "b"}] == platform.rows("id", "name")
