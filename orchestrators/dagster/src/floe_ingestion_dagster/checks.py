"""Checks of an asset that cost nothing: they judge what a load reports of itself, and what the one before it reported."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey, MetadataValue

from floe_ingestion_dagster.metadata import shown_cursor
from floe_ingestion_dlt.domain.load_report import LoadReport, TableView
from floe_ingestion_dlt.running.planning import Unit

CONTRACT: Final = "schema_contract_held"
CURSOR: Final = "cursor_not_moved_back"


def check_specs(asset: AssetKey, unit: Unit) -> list[AssetCheckSpec]:
    """The checks of a unit's asset."""
    contract = AssetCheckSpec(
        CONTRACT, asset=asset, description="No value was discarded by the schema contract."
    )
    cursor = AssetCheckSpec(
        CURSOR,
        asset=asset,
        description=f"The cursor {unit.cursor} was where the load before it left it, or beyond: nobody has rolled the table back.",
    )
    return [contract, cursor] if unit.cursor else [contract]


def check_results(
    asset: AssetKey, unit: Unit, report: LoadReport, last_cursor: object = None
) -> Iterator[AssetCheckResult]:
    """What a load says to the checks of its asset; *last_cursor* is where the load before it has left the cursor."""
    lost = {found.column: found.rows for found in report.discarded}
    yield AssetCheckResult(
        asset_key=asset,
        check_name=CONTRACT,
        passed=not lost,
        severity=AssetCheckSeverity.WARN,
        metadata={"discarded_values": MetadataValue.json(lost)},
    )
    if unit.cursor:
        yield AssetCheckResult(
            asset_key=asset,
            check_name=CURSOR,
            passed=not _is_before(report.before, last_cursor),
            severity=AssetCheckSeverity.WARN,
            metadata={
                "cursor_left_by_last_load": _shown(last_cursor),
                "cursor_found": _shown(shown_cursor(report.before)),
            },
        )


def _shown(cursor: object) -> str:
    return "none" if cursor is None else str(cursor)


def _is_before(view: TableView | None, left: object) -> bool:
    """Whether the table's cursor is before where it was left, or gone; values of other types are not compared."""
    found = shown_cursor(view)
    if left is None or found is None:
        return left is not None
    if view is not None and view.cursor is not None and isinstance(view.cursor.value, str):
        return isinstance(left, str) and view.cursor.value < left
    match _comparable(found), _comparable(left):
        case (Decimal() as now, Decimal() as was):
            return now < was
        case (str() as now, str() as was):
            return now < was
        case _:
            return False


def _comparable(shown: object) -> Decimal | str:
    """The exact number that is shown as a number or as a text, else the text."""
    text = str(shown)
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return number if number.is_finite() else text
