"""Several tables reach a REST catalog in one request: the tests of any that can be told to answer oddly."""

from __future__ import annotations

from itertools import repeat
from typing import Protocol

import pyarrow as pa
import pytest
from returns.result import Success

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitRefused, CommitUnknown
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.testing import Lab
from floe_ingestion_dlt.testing.lab import rows_of, staged
from tests.rest.odd import COMMITS, CUT, Oddity, OddServer

ORDERS = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
ONE = [{"id": 1}]


class OddLab(Lab, Protocol):
    server: OddServer


def both(lab: Lab) -> Load:
    """A load of a root and a nested table."""
    rows = pa.Table.from_pylist(ONE)
    writes = (TableWrite(table, Append(), (staged(lab, table, rows, "1"),)) for table in (ORDERS, LINES))
    return Load("1", tuple(writes))


class TransactionsOverRest:
    """Subclass it, and give a fixture `lab`."""

    def test_a_load_of_two_tables_is_one_request(self, lab: OddLab) -> None:
        assert lab.destination.commits_together().unwrap()
        load = both(lab)
        lab.server.posted.clear()
        commit_once(load, lab.destination).unwrap()
        assert ["transactions/commit"] == lab.server.posted
        assert (ONE, ONE) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    @pytest.mark.parametrize("status", [CUT, 409, 500, 502, 503, 504])
    @pytest.mark.parametrize("outcome", ["done", "lost"])
    def test_a_lost_answer_leaves_both_tables_with_each_row_once(
        self, lab: OddLab, outcome: str, status: int
    ) -> None:
        load = both(lab)
        lab.server.will_answer([Oddity(outcome == "done", status)] * 2, COMMITS)
        assert isinstance(commit_once(load, lab.destination), Success)
        assert (ONE, ONE) == (rows_of(lab, ORDERS), rows_of(lab, LINES))

    @pytest.mark.parametrize(("status", "fault"), [(403, CommitRefused), (504, CommitUnknown)])
    def test_what_never_lands_is_in_neither_table(self, lab: OddLab, status: int, fault: type) -> None:
        load = both(lab)
        lab.server.will_answer(repeat(Oddity(is_done=False, status=status)), COMMITS)
        assert isinstance(commit_once(load, lab.destination).failure(), fault)
        assert ([], []) == (rows_of(lab, ORDERS), rows_of(lab, LINES))
