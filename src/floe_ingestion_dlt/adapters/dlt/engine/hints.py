"""A plan's write mode in dlt's terms."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.merge_hints import MergeHints, column_hints, table_hints
from floe_ingestion_dlt.adapters.dlt_api.internals import TWriteDisposition
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import ByVersion
from floe_ingestion_dlt.domain.write_modes import Append, Merge, Replace


def disposition(plan: LoadPlan) -> TWriteDisposition:
    """Dlt's name of the plan's mode; rows of a window replace others, so that dlt also writes a window without rows."""
    match plan.mode:
        case Merge():
            return "merge"
        case Append():
            return "append" if plan.window is None else "replace"
        case Replace():
            return "replace"
        case _:
            assert_never(plan.mode)


def with_merge_hints(resource: DltResource, plan: LoadPlan, names: ColumnNames) -> DltResource:
    """*resource* with the hints of the plan's merge, if it is one.

    The strategy is not part of the disposition: with scd2, dlt would require a column with a hash of each row, which rows
    in Arrow tables do not have. Nor do the hints say that a key is never null, because the destination has its own error
    for a row without a key; nor that it is the key of the resource: dlt would skip a row at the cursor that has changed.
    """
    merge = _merge_hints(plan, names)
    if merge is not None:
        columns = column_hints(merge)
        if plan.soft_delete is not None:
            flag = names.in_table(plan.soft_delete)
            columns[flag] = {"name": flag, "data_type": "bool", "nullable": True}
        resource.apply_hints(columns=columns, additional_table_hints=table_hints(merge))
    return resource


def _merge_hints(plan: LoadPlan, names: ColumnNames) -> MergeHints | None:
    mode = plan.mode
    if not isinstance(mode, Merge):
        return None
    key = tuple(map(names.in_table, mode.key))
    sort = mode.dedup_sort and replace(mode.dedup_sort, column=names.in_table(mode.dedup_sort.column))
    keeps_versions = isinstance(mode.strategy, ByVersion)
    return MergeHints(
        mode.strategy,
        key,
        # A load that begins at a cursor does not have all rows: versions of keys that it lacks go on.
        key if keeps_versions and plan.cursor else (),
        mode.hard_delete and names.in_table(mode.hard_delete),
        sort,
    )
