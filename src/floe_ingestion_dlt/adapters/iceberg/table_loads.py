"""The snapshots from which a table's present rows were made, as its metadata has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.iceberg import load_records as ledger
from floe_ingestion_dlt.domain.table_history import Snapshot
from floe_ingestion_dlt.domain.table_loads import TableSnapshot, TableSnapshots


def snapshots_of(table: Table) -> TableSnapshots:
    """The current snapshot and its ancestors that have not expired."""
    metadata = table.metadata
    history = ledger.history_of(table)
    kept = [snapshot for snapshot in history.snapshots if metadata.snapshot_by_id(snapshot.id) is not None]
    is_whole = history.whole and len(kept) == len(history.snapshots)
    return TableSnapshots(tuple(_snapshot(table, snapshot) for snapshot in kept), is_whole)


def _snapshot(table: Table, known: Snapshot) -> TableSnapshot:
    shown = table.metadata.snapshot_by_id(known.id)
    milliseconds = shown.timestamp_ms if shown is not None else 0
    summary = _summary(table, known.id)
    figures = _summary(table, known.source) or summary
    rows = figures.get(ledger.ROWS, "")
    return TableSnapshot(
        known.id,
        datetime.fromtimestamp(milliseconds / 1000, UTC),
        known.load_id,
        int(rows) if rows.isdecimal() else None,
        figures.get(ledger.KIND) or ("window" if ledger.WINDOW in figures else None),
        is_fence=ledger.FENCE in summary,
    )


def _summary(table: Table, snapshot_id: int | None) -> Mapping[str, str]:
    found = None if snapshot_id is None else table.metadata.snapshot_by_id(snapshot_id)
    return found.summary.additional_properties if found is not None and found.summary is not None else {}
