"""Required columns, and files without values for them."""

from __future__ import annotations

from collections.abc import Collection

from floe_ingestion_dlt.domain.contracts import Projection
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName


def unfilled(
    table: TableName, required: Collection[str], projection: Projection, nulls: Collection[str] = ()
) -> DestinationFailed | None:
    """Why a file with this *projection* is refused; *nulls* are its columns that have nulls. None if it is not refused."""
    sources = {place: name for name, place in projection.kept}
    missing = [column for column in required if column not in sources]
    if missing:
        sent = {*projection.discarded, *(name for name, _ in projection.kept)}
        unfit = [column for column in missing if column in sent]
        return _refused(
            table, missing, f"sends {', '.join(unfit)} as another type" if unfit else "does not send"
        )
    null = [column for column in required if sources[column] in nulls]
    return _refused(table, null, "sends nulls") if null else None


def _refused(table: TableName, columns: Collection[str], why: str) -> DestinationFailed:
    names = ", ".join(columns)
    return DestinationFailed(
        f"{table} requires {names}, but the source {why}",
        Category.PERMANENT,
        f"Change the source so that it sends {names} in the table's types and without nulls, or make the table's columns optional.",
    )
