"""A view is told from a table that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from tests.conformance.rest_lab import RestLab

SALES = TableName(("bronze",), "sales")
COLUMNS = TableSchema((Column("id", Scalar.LONG),))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[RestLab]:
    made = RestLab(tmp_path, together=True)
    yield made
    made.close()


def test_a_view_of_a_rest_catalog_is_refused(lab: RestLab) -> None:
    lab.server.views.add("sales")
    fault = lab.destination.describe(SALES).failure()
    assert Category.PERMANENT is fault.category
    assert "bronze.sales is a view" in fault.message


def test_a_name_that_is_free_is_none(lab: RestLab) -> None:
    lab.server.views.add("others")
    assert lab.destination.describe(SALES).unwrap() is None


def test_a_table_is_found_without_asking_for_views(lab: RestLab) -> None:
    lab.destination.evolve(SALES, COLUMNS).unwrap()
    lab.server.views.add("sales")
    state = lab.destination.describe(SALES).unwrap()
    assert state is not None
    assert COLUMNS == state.schema
