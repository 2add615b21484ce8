"""Several tables reach a REST catalog in one request, if it says that it takes them so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from pathlib import Path

import pyarrow as pa
import pytest
from returns.result import Success

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitRefused, CommitUnknown
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.testing.lab import rows_of, staged
from tests.conformance.rest_lab import RestLab
from tests.rest.odd import COMMITS, CUT, Oddity

ORDERS = TableName(("bronze",), "orders")
LINES = TableName(("bronze",), "orders__lines")
ONE = [{"id": 1}]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[RestLab]:
    made = RestLab(tmp_path, together=True)
    yield made
    made.close()


def both(lab: RestLab) -> Load:
    """A load of a root and a nested table."""
    rows = pa.Table.from_pylist(ONE)
    writes = (TableWrite(table, Append(), (staged(lab, table, rows, "1"),)) for table in (ORDERS, LINES))
    return Load("1", tuple(writes))


def test_a_load_of_two_tables_is_one_request(lab: RestLab) -> None:
    assert lab.destination.commits_together().unwrap()
    load = both(lab)
    lab.server.posted.clear()
    commit_once(load, lab.destination).unwrap()
    assert ["transactions/commit"] == lab.server.posted
    assert (ONE, ONE) == (rows_of(lab, ORDERS), rows_of(lab, LINES))


def test_a_catalog_that_does_not_say_so_is_asked_table_by_table(tmp_path: Path) -> None:
    lab = RestLab(tmp_path, together=False)
    assert not lab.destination.commits_together().unwrap()
    load = both(lab)
    lab.server.posted.clear()
    commit_once(load, lab.destination).unwrap()
    root, nested = (f"namespaces/bronze/tables/{table.name}" for table in (ORDERS, LINES))
    assert [root, nested, root] == lab.server.posted
    lab.close()


@pytest.mark.parametrize("status", [CUT, 409, 500, 502, 503, 504])
@pytest.mark.parametrize("outcome", ["done", "lost"])
def test_a_lost_answer_leaves_both_tables_with_each_row_once(lab: RestLab, outcome: str, status: int) -> None:
    load = both(lab)
    lab.server.will_answer([Oddity(outcome == "done", status)] * 2, COMMITS)
    assert isinstance(commit_once(load, lab.destination), Success)
    assert (ONE, ONE) == (rows_of(lab, ORDERS), rows_of(lab, LINES))


@pytest.mark.parametrize(("status", "fault"), [(403, CommitRefused), (504, CommitUnknown)])
def test_what_never_lands_is_in_neither_table(lab: RestLab, status: int, fault: type) -> None:
    load = both(lab)
    lab.server.will_answer(repeat(Oddity(is_done=False, status=status)), COMMITS)
    assert isinstance(commit_once(load, lab.destination).failure(), fault)
    assert ([], []) == (rows_of(lab, ORDERS), rows_of(lab, LINES))
