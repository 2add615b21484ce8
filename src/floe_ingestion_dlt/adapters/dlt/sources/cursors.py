"""Incremental reading by a cursor, exact where rows share the last value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dlt
import pyarrow as pa

from floe_ingestion_dlt.adapters.dlt.sources.faults import SourceError, missing_cursor


def every_column(item: Any) -> list[str]:
    """All columns of a batch or a row: what tells two rows with the same cursor apart.

    By a key alone, dlt would pass over the new version of a row whose cursor is the last value, and with a key of one
    column also later rows with that key.
    """
    if isinstance(item, pa.Table | pa.RecordBatch):
        return list(item.schema.names)
    return list(item) if isinstance(item, Mapping) else []


def incremental_on(column: str) -> dlt.sources.incremental[Any]:
    """Dlt's incremental on a *column*, whose name is taken as it is, not for a JSON path."""
    path = column if column.isidentifier() else f"['{column}']"
    return dlt.sources.incremental(path, primary_key=every_column)


def check_cursor(cursor: str | None, columns: list[str], place: str) -> None:
    """Raise for a cursor that is not among the *columns*."""
    if cursor is not None and cursor not in columns:
        raise SourceError(missing_cursor(cursor, tuple(columns), place))
