"""What a reader finds in the tables of the story."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Final

from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table
from pyiceberg.table.snapshots import ancestors_of

from floe_ingestion_dlt.adapters.dlt.engine.verifying import cursor_in
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.verification.file_findings import Unchecked
from floe_ingestion_dlt.domain.verification.findings import Finding
from floe_ingestion_dlt.running.verification import verification_of
from tests.crashes.child import TABLE
from tests.crashes.story import Mode, Row, Rows

NAMES: Final = {"orders": "", "lines": "__lines", "parts": "__lines__parts", "tags": "__tags"}


def _tables(settings: dict[str, str]) -> dict[str, Table]:
    catalog, found = load_catalog("floe", **settings), {}
    for name, suffix in NAMES.items():
        try:
            found[name] = catalog.load_table(TABLE + suffix)
        except NoSuchTableError:
            continue
    return found


def actual(settings: dict[str, str], mode: Mode) -> dict[str, Rows]:
    """The rows of each table, in the words of the story; a nested row without its root row has None for it."""
    rows = {name: table.scan().to_arrow().to_pylist() for name, table in _tables(settings).items()}
    root = {row["_dlt_id"]: row for row in rows["orders"]}
    lines = {row["_dlt_id"]: row for row in rows.get("lines", [])}

    def order(nested: Row) -> tuple[object, object]:
        row = root.get(nested["_dlt_parent_id"], {})
        return row.get("id"), row.get("seq")

    def part(row: Row) -> tuple[object, ...]:
        line = lines.get(row["_dlt_parent_id"])
        return (*order(line), line["line"], row["part"]) if line else (None, row["part"])

    is_scd2 = mode.merge_strategy == "scd2"
    return {
        "orders": Counter(
            (r["id"], r["seq"], r["state"], r.get("note"), r["_dlt_valid_to"] is None if is_scd2 else True)
            for r in rows["orders"]
        ),
        "lines": Counter((*order(row), row["line"]) for row in rows.get("lines", [])),
        "parts": Counter(part(row) for row in rows.get("parts", [])),
        "tags": Counter((*order(row), row["tag"]) for row in rows.get("tags", [])),
    }


def gaps_between_versions(settings: dict[str, str]) -> list[int]:
    """The orders of an scd2 table of which a version does not begin when the one before it ended."""
    versions: dict[int, list[Row]] = {}
    for row in _tables(settings)["orders"].scan().to_arrow().to_pylist():
        versions.setdefault(row["id"], []).append(row)
    ordered = {key: sorted(rows, key=lambda row: row["seq"]) for key, rows in versions.items()}
    return [
        key
        for key, rows in ordered.items()
        if any(old["_dlt_valid_to"] != new["_dlt_valid_from"] for old, new in pairwise(rows))
    ]


def found_ill(settings: dict[str, str]) -> tuple[tuple[Finding, ...], tuple[Unchecked, ...]]:
    """What a check of all tables finds."""
    destination = IcebergDestination.from_properties(settings)
    report = verification_of(TABLE.split(".")[0], destination, cursor_in, rows=True).unwrap()
    destination.close()
    return report.faults, report.unchecked


def loads_shown_twice(settings: dict[str, str]) -> list[tuple[str, str]]:
    """The loads that have more than one snapshot in a table's history, and the table."""
    twice = []
    for name, table in _tables(settings).items():
        shown = ancestors_of(table.metadata.current_snapshot(), table.metadata)
        loads = Counter(s.summary.additional_properties.get("floe.load-id", "") for s in shown if s.summary)
        twice += [(name, load) for load, count in loads.items() if count > 1]
    return twice
