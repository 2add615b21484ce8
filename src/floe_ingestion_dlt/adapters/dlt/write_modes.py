"""How a load of dlt's writes a table, in the domain's words: what dlt's hints on tables and columns come to."""

from __future__ import annotations

from typing import Final, cast

from floe_ingestion_dlt.adapters.dlt.carrier import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.internals import (
    TTableSchema,
    get_columns_names_with_prop,
    get_dedup_sort_tuple,
    get_first_column_name_with_prop,
    get_nested_tables,
    get_root_table,
    has_table_seen_data,
)
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.load import TableMode
from floe_ingestion_dlt.domain.merge import MergeNested, MergeRows
from floe_ingestion_dlt.domain.write_modes import Append, DedupSort, MergeStrategy, Order, Replace

# What dlt's own SQL merges can do besides; to pass over one of them would merge other rows than it says.
NOT_MERGED_BY: Final = ("x-merge-source-filter", "x-merge-destination-scope", "x-merge-skip-unchanged-rows")


def table_mode(dataset: Dataset, name: str) -> TableMode:
    """What a load does to the table; a merge that nobody gave a key for appends, as dlt has it."""
    table = _hints(dataset, name)
    match table["write_disposition"]:
        case "replace":
            return Replace()
        case "merge":
            root = str(get_root_table(dataset.schema.tables, name)["name"])
            how = _merge_of(dataset, root)
            if how is None:
                return Append()
            return how if root == name else MergeNested(dataset.table(root), _root_id(table))
        case _:
            return Append()


def chain(dataset: Dataset, root: str) -> list[str]:
    """The root and the nested tables that have columns, and so are in the catalog."""
    tables = get_nested_tables(dataset.schema.tables, root)
    return [str(table["name"]) for table in tables if has_table_seen_data(table) and table["columns"]]


def _merge_of(dataset: Dataset, root: str) -> MergeRows | None:
    table = _hints(dataset, root)
    for hint in NOT_MERGED_BY:
        if table.get(hint):
            throw(Invalid(hint, str(table.get(hint)), "nothing: merges here know rows by their keys alone"))
    key, merge_key = _columns(table, "primary_key"), _columns(table, "merge_key")
    strategy = value_or_throw(
        MergeStrategy.parse(str(table.get("x-merge-strategy") or MergeStrategy.DELETE_INSERT.value))
    )
    sort = get_dedup_sort_tuple(table) if _columns(table, "dedup_sort") else None
    if not key and not merge_key:
        return None
    return MergeRows(
        strategy,
        key,
        merge_key,
        hard_delete=get_first_column_name_with_prop(table, "hard_delete"),
        dedup_sort=DedupSort(sort[0], Order(sort[1])) if sort and key else None,
        row_id=get_first_column_name_with_prop(table, "row_key") if len(chain(dataset, root)) > 1 else None,
    )


def _hints(dataset: Dataset, name: str) -> TTableSchema:
    """What dlt's schema says of a table, columns without rows included, with what it inherits from its root."""
    table = dataset.prepared(name)
    table["columns"] = dict(dataset.schema.get_table(name)["columns"])
    return cast("TTableSchema", table)


def _columns(table: TTableSchema, hint: str) -> tuple[str, ...]:
    """The columns with *hint*; one that no row has ever had is refused, because a merge without it would append."""
    names = tuple(get_columns_names_with_prop(table, hint, include_incomplete=True))
    sent = [name for name, column in table["columns"].items() if column.get("data_type")]
    for name in names:
        if name not in sent:
            own = [column for column in sent if not column.startswith("_dlt_")]
            throw(Invalid(hint, name, f"columns that the source sends: {', '.join(own)}"))
    return names


def _root_id(nested: TTableSchema) -> str:
    """The column in which a nested row names its root row; its parent is its root where there is no other."""
    columns = (get_first_column_name_with_prop(nested, hint) for hint in ("root_key", "parent_key"))
    column = next((found for found in columns if found), None)
    if column is None:
        throw(
            Invalid(
                "root_key",
                str(nested["name"]),
                "a column that names the root row: dlt adds it to nested tables",
            )
        )
    return str(column)
