"""Several tables reach a REST catalog in one request, if it says that it takes them so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from floe_ingestion_dlt.domain.commit import commit_once
from tests.conformance.rest_lab import RestLab
from tests.rest.transactions import LINES, ORDERS, TransactionsOverRest, both


class TestTransactions(TransactionsOverRest):
    @pytest.fixture
    def lab(self, tmp_path: Path) -> Iterator[RestLab]:
        made = RestLab(tmp_path, together=True)
        yield made
        made.close()


def test_a_catalog_that_does_not_say_so_is_asked_table_by_table(tmp_path: Path) -> None:
    lab = RestLab(tmp_path, together=False)
    assert not lab.destination.commits_together().unwrap()
    load = both(lab)
    lab.server.posted.clear()
    commit_once(load, lab.destination).unwrap()
    root, nested = (f"namespaces/bronze/tables/{table.name}" for table in (ORDERS, LINES))
    assert [root, nested, root] == lab.server.posted
    lab.close()
