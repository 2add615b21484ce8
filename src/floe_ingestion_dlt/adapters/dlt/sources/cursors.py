"""Incremental reading by a cursor, exact where rows share the last value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.sources.source_errors import SourceError, missing_cursor
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.write_modes import Append


def every_column(item: Any) -> list[str]:
    """All columns of a batch or a row: what tells two rows with the same cursor apart.

    By a key alone, dlt would pass over the new version of a row whose cursor is the last value, and with a key of one
    column also later rows with that key.
    """
    if isinstance(item, pa.Table | pa.RecordBatch):
        return list(item.schema.names)
    return list(item) if isinstance(item, Mapping) else []


def is_compared(plan: LoadPlan) -> bool:
    """Whether rows at the last cursor value are compared with those of the table, not with what dlt remembers of them.

    What is merged meets its own rows in the table anyway: there dlt passes over rows that it has seen, so that a run which
    finds nothing changes nothing.
    """
    return plan.cursor is not None and isinstance(plan.mode, Append)


def deduplication_key(*, is_compared: bool) -> Any:
    """By what dlt tells rows at the last cursor value apart: by nothing, if they are compared with the table's."""
    return () if is_compared else every_column


def incremental_on(column: str, *, is_compared: bool) -> dlt.sources.incremental[Any]:
    """Dlt's incremental on a *column*, whose name is taken as it is, not for a JSON path."""
    path = column if column.isidentifier() else f"['{column}']"
    return dlt.sources.incremental(path, primary_key=deduplication_key(is_compared=is_compared))


def apply_cursor(data: object, plan: LoadPlan) -> str | None:
    """Let dlt read a resource by the plan's cursor, unless it has its own; the cursor, if rows are compared by it."""
    if plan.cursor is None or not isinstance(data, DltResource) or data.incremental is not None:
        return None
    data.apply_hints(incremental=incremental_on(plan.cursor, is_compared=is_compared(plan)))
    return plan.cursor if is_compared(plan) else None


def check_cursor(cursor: str | None, columns: list[str], place: str) -> None:
    """Raise for a cursor that is not among the *columns*."""
    if cursor is not None and cursor not in columns:
        raise SourceError(missing_cursor(cursor, tuple(columns), place))
