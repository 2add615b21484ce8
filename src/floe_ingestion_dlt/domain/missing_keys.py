"""Loads that cannot delete the rows that are gone in a source, because they do not have all of its keys."""

from __future__ import annotations

from collections.abc import Iterable

from floe_ingestion_dlt.domain.events import PagesMayBeMissing
from floe_ingestion_dlt.domain.faults import Category, Invalid, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_warnings import LoadWarning


def without_keys(plan: LoadPlan, own: str | None = None, *, has_keys: bool = False) -> Invalid | None:
    """Refuses a source that is read by a cursor, its *own* or the plan's, unless it *has_keys* that can be read apart."""
    if plan.deletes_missing is None or (own is None and (plan.cursor is None or has_keys)):
        return None
    if own is not None and own != plan.cursor:
        why = f"{plan.resource} is read by an incremental of its own, {own}, so a load does not have the keys of all rows. Remove the incremental"
    else:
        why = f"it is read by the cursor {plan.cursor}, and only databases give the keys of all rows apart from new rows. Or remove cursor_field, so that each run reads all rows"
    return Invalid("delete_missing", None, why, is_superfluous=True)


def taken_column(soft_delete: str) -> Invalid:
    """Refuses the column of rows that are gone if the source sends it, too."""
    wanted = (
        "a column that the source does not send: each load writes in it whether a row is gone."
        " If the source marks deleted rows itself, set hard_delete to its column"
    )
    return Invalid("soft_delete", soft_delete, wanted)


def without_all_rows(resource: str) -> Invalid:
    """Refuses a source that is read from a position on: what was read before may be gone from it."""
    why = f"{resource} is read from the position of the last load on, so a load does not have the keys of all rows"
    return Invalid("delete_missing", None, why, is_superfluous=True)


def not_all_read(plan: LoadPlan, warnings: Iterable[LoadWarning]) -> SourceFailed | None:
    """Refuses a reading that may have left rows out, because they would be taken for gone."""
    if plan.deletes_missing is None:
        return None
    for found in warnings:
        if isinstance(found, PagesMayBeMissing):
            cause = f"{found.resource}: the last answer has a sign of more pages: {found.sign}. Rows that were not read would be deleted"
            step = "Check the paginator. If all rows are read, remove what looks like a sign, or remove delete_missing."
            return SourceFailed(cause, Category.CONFIGURATION, step)
    return None
