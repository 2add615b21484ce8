"""A cursor that was moved back is found, whatever its type is and however it is shown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from dagster import AssetKey

from floe_ingestion_dagster.checks import check_results
from floe_ingestion_dagster.metadata import shown_cursor
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.domain.load import StateCursor
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import NO_COLUMNS
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.running.declared import Declared
from floe_ingestion_dlt.running.planning import Unit

PLAN = LoadPlan(SqlDatabase(None, ("orders",)), "orders", TableName(("bronze",), "orders"), Append())
UNIT = Unit("shop", "orders", "bronze.orders", Declared("sql_database", {}, "bronze.orders"), Append(), "at")


def view(value: object) -> TableView:
    return TableView(NO_COLUMNS, cursor=None if value is None else StateCursor("at", value))


@pytest.mark.parametrize(
    ("left", "found", "holds"),
    [
        (2, 2, True),
        (2, 3, True),
        (3, 2, False),
        (2, None, False),
        (Decimal("9.50"), Decimal("10.50"), True),
        (Decimal("10.50"), Decimal("9.50"), False),
        (2**53 - 1, 2**53 + 5, True),
        (2**53 + 5, 2**53 - 1, False),
        (10**16, 10**16 - 1, False),
        ("2024-02-01", "2024-01-31", False),
        ("b", 7, True),
        # Texts are ordered as texts, whatever they look like.
        ("10", "9", True),
        ("9", "10", False),
    ],
)
def test_it_fails_only_for_a_cursor_that_is_before_where_it_was_left(
    left: object,
    found: object,
    holds: bool,  # noqa: FBT001 - one of a table
) -> None:
    report = replace(LoadReport.of(PLAN), before=view(found))
    results = check_results(AssetKey("a"), UNIT, report, shown_cursor(view(left)))
    assert [("schema_contract_held", True), ("cursor_not_moved_back", holds)] == [
        (result.check_name, result.passed) for result in results
    ]


def test_it_holds_for_the_first_load() -> None:
    results = list(check_results(AssetKey("a"), UNIT, LoadReport.of(PLAN)))
    assert [True, True] == [result.passed for result in results]
