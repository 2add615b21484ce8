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
from returns.result import Failure, Result, Success

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
HELD = Oddity(is_done=False, status=504, is_held=True)


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
    def test_a_commit_that_is_refused_changes_nothing_and_deletes_nothing(
        self, shop: Shop, status: int
    ) -> None:
        load = shop.load("2")
        assert isinstance(
            shop.sent(load, repeat(Oddity(is_done=False, status=status))).failure(), CommitRefused
        )
        assert shop.has_files_of(load)
        assert ["1"] == shop.rows
        assert 1 == shop.snapshots

    def test_a_race_that_is_always_lost_may_be_run_again(self, shop: Shop) -> None:
        load = shop.load("2")
        fault = shop.sent(load, repeat(Oddity(is_done=False, status=409))).failure()
        assert isinstance(fault, CommitConflict)
        assert shop.has_files_of(load)
        assert isinstance(shop.sent(load, ()), Success)
        assert ["1", "2"] == shop.rows

    @pytest.mark.parametrize("refusal", [403, 409])
    def test_a_refusal_after_a_silence_proves_nothing_where_the_table_cannot_be_fenced(
        self, shop: Shop, refusal: int
    ) -> None:
        load = shop.load("2")
        answers = [Oddity(is_done=False, status=504), *[Oddity(is_done=False, status=refusal)] * 30]
        assert isinstance(shop.sent(load, answers).failure(), CommitUnknown)
        assert shop.has_files_of(load)

    @pytest.mark.parametrize("first", [CUT, 504])
    @pytest.mark.parametrize("second", [403, 404])
    def test_a_commit_that_is_held_until_a_later_one_was_refused_lands_no_more(
        self, shop: Shop, first: int, second: int
    ) -> None:
        load = shop.load("2")
        held = Oddity(is_done=False, status=first, is_held=True)
        fault = shop.sent(load, [held, Oddity(is_done=False, status=second)]).failure()
        assert isinstance(fault, CommitRefused)
        assert [409] == [answer.status for answer in shop.server.deliver_held()]
        assert ["1"] == shop.rows
        assert isinstance(shop.sent(load, ()), Success)
        assert ["1", "2"] == shop.rows

    @pytest.mark.parametrize("status", [CUT, 403, 404, 409, 504])
    def test_a_commit_that_is_held_until_the_run_is_over_is_found_by_the_next_whatever_was_answered(
        self, shop: Shop, status: int
    ) -> None:
        load = shop.load("2")
        held = Oddity(is_done=False, status=status, is_held=True)
        shop.server.will_answer([held])
        assert isinstance(commit_once(load, shop.destination, attempts=1), Failure)
        assert all(answer.status < 300 for answer in shop.server.deliver_held())
        assert ["1", "2"] == shop.rows
        assert isinstance(shop.sent(load, ()), Success)
        assert ["1", "2"] == shop.rows
        assert 2 == shop.snapshots


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

    def test_a_commit_that_is_held_over_a_refusal_in_the_next_process_brings_no_row_twice(
        self, served: tuple[Platform, OddServer]
    ) -> None:
        platform, server = served
        platform.csv("orders.csv", "id\n1\n")
        server.will_answer([HELD, *[Oddity(is_done=False, status=504)] * 9])
        (error,) = platform.load().errors
        assert error.startswith("[TRANSIENT] CommitUnknown")
        platform.plugin = platform.a_plugin()
        server.will_answer([Oddity(is_done=False, status=403)])
        (error,) = platform.load().errors
        assert error.startswith("[PERMANENT] CommitRefused")
        server.deliver_held()
        assert [] == platform.rows()
        assert platform.load().success
        assert [{"id": 1}] == platform.rows("id")

    def test_a_commit_that_is_held_in_a_catalog_that_takes_no_fence_stays_pending_and_is_found(
        self, served: tuple[Platform, OddServer]
    ) -> None:
        platform, server = served
        platform.csv("orders.csv", "id\n1\n")
        server.will_answer([HELD, *[Oddity(is_done=False, status=403)] * 9])
        (error,) = platform.load().errors
        assert error.startswith("[TRANSIENT] CommitUnknown")
        server.deliver_held()
        platform.plugin = platform.a_plugin()
        server.will_answer([])
        assert platform.load().success
        assert [{"id": 1}] == platform.rows("id")
        assert 1 == platform.snapshots()
