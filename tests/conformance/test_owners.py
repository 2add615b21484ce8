"""Every destination of ours writes down whose a table is, and takes no schema for another's."""

from __future__ import annotations

from pathlib import Path

import pytest
from returns.result import Success

from floe_ingestion_dlt.domain.faults import TableTaken
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.testing import IcebergLab, Lab, MemoryLab

ORDERS = TableName(("bronze",), "orders")
ITEMS = ORDERS.sibling("orders__items")
NARROW = TableSchema((Column("id", Scalar.LONG),))
WIDE = TableSchema((Column("id", Scalar.LONG), Column("sku", Scalar.STRING)))


@pytest.fixture(params=[MemoryLab, IcebergLab], ids=["memory", "sql-catalog"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    made: Lab = request.param(tmp_path)
    return made


def owner(lab: Lab, table: TableName) -> TableName | None:
    state = lab.destination.describe(table).unwrap()
    assert state is not None
    return state.owner


@pytest.mark.parametrize("root", [ORDERS, ITEMS])
def test_the_owner_is_written_down_when_a_table_is_created(lab: Lab, root: TableName) -> None:
    lab.destination.evolve(ITEMS, NARROW, root).unwrap()
    assert root == owner(lab, ITEMS)


@pytest.mark.parametrize("root", [ORDERS, ITEMS])
def test_the_owner_is_written_down_in_a_table_that_has_none(lab: Lab, root: TableName) -> None:
    lab.destination.evolve(ITEMS, NARROW).unwrap()
    assert owner(lab, ITEMS) is None
    lab.destination.evolve(ITEMS, TableSchema(()), root).unwrap()
    assert root == owner(lab, ITEMS)
    state = lab.destination.describe(ITEMS).unwrap()
    assert state is not None
    assert NARROW == state.schema


@pytest.mark.parametrize(("first", "second"), [(ORDERS, ITEMS), (ITEMS, ORDERS)])
def test_who_comes_second_is_refused_and_changes_nothing(
    lab: Lab, first: TableName, second: TableName
) -> None:
    """As two processes do, of which neither saw the table when it looked."""
    lab.destination.evolve(ITEMS, NARROW, first).unwrap()
    fault = lab.destination.evolve(ITEMS, WIDE, second).failure()
    assert TableTaken(str(ITEMS), str(first), str(second)) == fault
    state = lab.destination.describe(ITEMS).unwrap()
    assert state is not None
    assert (NARROW, first) == (state.schema, state.owner)


def test_an_owner_that_does_not_say_so_is_let_through(lab: Lab) -> None:
    lab.destination.evolve(ITEMS, NARROW, ORDERS).unwrap()
    assert Success(None) == lab.destination.evolve(ITEMS, WIDE)
    assert ORDERS == owner(lab, ITEMS)
