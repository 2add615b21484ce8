"""What a report says of a run's receipts, and of the table before and after."""

from __future__ import annotations

import pickle
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.load import Discarded, Receipt, StateCursor
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append
from tests.unit.domain.strategies import samples_of

ORDERS = TableName(("bronze",), "orders")
LINES = ORDERS.sibling("orders__lines")
PLAN = LoadPlan(SqlDatabase(None, ("orders",)), "orders", ORDERS, Append())
NOTHING = LoadReport.of(PLAN)
SCHEMA = TableSchema((Column("id", Scalar.INT),))
WIDER = TableSchema((Column("id", Scalar.LONG), Column("name", Scalar.STRING)))

receipts = st.lists(
    st.builds(
        Receipt,
        st.sampled_from([ORDERS, LINES]),
        rows=st.integers(0, 9),
        bytes=st.integers(0, 99),
        files=st.integers(0, 3),
        snapshot_id=st.none() | st.integers(1, 2**62),
        discarded=st.lists(st.builds(Discarded, st.sampled_from("ab*"), st.integers(1, 9)), max_size=2).map(
            tuple
        ),
    ),
    max_size=5,
).map(tuple)


@given(receipts)
def test_rows_discards_and_snapshots_are_the_tables_own_and_bytes_are_those_of_all(
    landed: tuple[Receipt, ...],
) -> None:
    report = replace(NOTHING, receipts=landed)
    own = [receipt for receipt in landed if receipt.table == ORDERS]
    assert sum(receipt.rows for receipt in own) == report.rows
    assert sum(receipt.bytes for receipt in landed) == report.bytes
    assert tuple(r.snapshot_id for r in own if r.snapshot_id is not None) == report.snapshots
    for column in "ab*":
        lost = sum(d.rows for receipt in own for d in receipt.discarded if d.column == column)
        assert [lost] * (lost > 0) == [d.rows for d in report.discarded if d.column == column]


@given(samples_of(Fault))
def test_a_fault_is_an_error_with_its_next_step_and_place(fault: Fault) -> None:
    report = LoadReport.of(PLAN, fault)
    assert (False, True) == (report.success, fault.next_step in str(report.error))
    assert "table bronze.orders" in str(report.error)


def test_a_run_without_a_fault_is_a_success_without_an_error() -> None:
    assert (True, None, 0, 0) == (NOTHING.success, NOTHING.error, NOTHING.rows, NOTHING.bytes)


def test_new_columns_are_those_that_were_added_or_widened() -> None:
    report = replace(NOTHING, before=TableView(SCHEMA, 1), after=TableView(WIDER, 2))
    assert WIDER == report.new_columns
    assert TableSchema(()) == replace(report, after=report.before).new_columns


def test_of_a_new_table_all_columns_are_new_and_of_one_that_was_not_seen_none() -> None:
    assert WIDER == replace(NOTHING, after=TableView(WIDER)).new_columns
    assert TableSchema(()) == replace(NOTHING, before=TableView(WIDER)).new_columns


@given(samples_of(Fault), receipts)
def test_a_report_can_be_sent_to_another_process(fault: Fault, landed: tuple[Receipt, ...]) -> None:
    view = TableView(SCHEMA, 3, StateCursor("id", 7))
    report = replace(LoadReport.of(PLAN, fault), receipts=landed, before=view, after=view)
    assert report == pickle.loads(pickle.dumps(report))  # noqa: S301 - it is our own


def test_a_changed_fault_changes_nothing_else() -> None:
    busy = SourceFailed("busy", Category.TRANSIENT, "Wait.")
    report = replace(LoadReport.of(PLAN, busy), retries=2)
    calmed = report.with_fault(lambda _: replace(busy, cause="redacted"))
    assert (replace(busy, cause="redacted"), 2) == (calmed.fault, calmed.retries)
    assert NOTHING == NOTHING.with_fault(lambda _: busy)
