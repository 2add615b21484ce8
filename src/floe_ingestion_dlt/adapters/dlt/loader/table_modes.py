"""How a load of dlt's writes a table, in the domain's words: what dlt's hints on tables and columns come to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, cast

from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    TTableSchema,
    ensure_datetime_in_tz,
    get_active_record_timestamp,
    get_columns_names_with_prop,
    get_dedup_sort_tuple,
    get_first_column_name_with_prop,
    get_nested_tables,
    get_root_table,
    get_validity_column_names,
    has_table_seen_data,
)
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.load import TableMode
from floe_ingestion_dlt.domain.merge import (
    DEFAULT_STRATEGY,
    INSERT_ONLY,
    ByVersion,
    DedupSort,
    MergeNested,
    MergeRows,
    MergeStrategy,
    MergeVersions,
    Order,
    parse_strategy,
)
from floe_ingestion_dlt.domain.write_modes import Append, Replace

# What dlt's own SQL merges can do besides; to pass over one of them would merge other rows than it says.
NOT_MERGED_BY: Final = ("x-merge-source-filter", "x-merge-destination-scope", "x-merge-skip-unchanged-rows")


def table_mode(dataset: Dataset, name: str, at: datetime) -> TableMode:
    """What a load does to the table; a merge that nobody gave a key for appends, as dlt has it.

    Versions begin and end *at* one moment, unless the resource names another one.
    """
    table = _hints(dataset, name)
    match table["write_disposition"]:
        case "replace":
            return Replace()
        case "merge":
            return _merge(dataset, table, at)
        case _:
            return Append()


def _merge(dataset: Dataset, table: TTableSchema, at: datetime) -> TableMode:
    name = str(table["name"])
    root = str(get_root_table(dataset.schema.tables, name)["name"])
    how = _root_merge(dataset, _hints(dataset, root), at)
    if root == name or isinstance(how, Append):
        return how
    if isinstance(how, MergeVersions):
        # A nested row's id is made of its version's and its place in it: it is there already, or it is new. Versions
        # that ended keep their nested rows.
        return MergeRows(INSERT_ONLY, (_row_id(table),))
    return MergeNested(
        dataset.table(root), _root_id(table, root), _row_id(table) if how.adds_nested else None
    )


def validity_columns(dataset: Dataset, name: str) -> tuple[str, ...]:
    """The columns of the table in which a version's beginning and end are written; none in most tables."""
    return tuple(str(column) for column in get_validity_column_names(_hints(dataset, name)) if column)


def chain(dataset: Dataset, root: str) -> list[str]:
    """The root and the nested tables that have columns, and so are in the catalog."""
    tables = get_nested_tables(dataset.schema.tables, root)
    return [str(table["name"]) for table in tables if has_table_seen_data(table) and table["columns"]]


def _root_merge(dataset: Dataset, table: TTableSchema, at: datetime) -> Append | MergeRows | MergeVersions:
    for hint in NOT_MERGED_BY:
        if table.get(hint):
            throw(Invalid(hint, str(table.get(hint)), "nothing: merges here know rows by their keys alone"))
    key, merge_key = _columns(table, "primary_key"), _columns(table, "merge_key")
    strategy = _strategy(table)
    for hint in ("hard_delete", "dedup_sort"):
        _check_single(table, hint)
    sort = get_dedup_sort_tuple(table) if key and _columns(table, "dedup_sort") else None
    by = DedupSort(sort[0], Order(sort[1])) if sort else None
    deleted = get_first_column_name_with_prop(table, "hard_delete")
    has_nested = len(chain(dataset, str(table["name"]))) > 1
    if isinstance(strategy, ByVersion):
        since, until = get_validity_column_names(table)
        active = get_active_record_timestamp(table)
        return MergeVersions(
            strategy,
            version=_version(table),
            valid_from=str(since),
            valid_to=str(until),
            at=ensure_datetime_in_tz(cast("datetime", table.get("x-boundary-timestamp") or at), UTC),
            active=None if active is None else ensure_datetime_in_tz(active, UTC),
            key=key,
            scope=merge_key,
            hard_delete=deleted,
            dedup_sort=by,
            has_nested=has_nested,
        )
    if not key and strategy.needs_key:
        wanted = f"the columns by which {strategy.name} knows a row that is there already"
        throw(Invalid("primary_key", "none", wanted))
    if not key and not merge_key and not deleted:
        return Append()
    also_matched = merge_key if strategy.uses_merge_key else ()
    return MergeRows(strategy, key, also_matched, deleted, by, _row_id(table) if has_nested else None)


def _strategy(table: TTableSchema) -> MergeStrategy:
    return value_or_throw(parse_strategy(str(table.get("x-merge-strategy") or DEFAULT_STRATEGY.name)))


def _version(table: TTableSchema) -> tuple[str, ...]:
    """The column that tells versions of a row apart, if rows came with one; else all that the source sends."""
    column = get_first_column_name_with_prop(table, "x-row-version")
    if column:
        return (column,)
    validity = get_validity_column_names(table)
    return tuple(name for name in _sent(table) if name not in validity and not name.startswith("_dlt_"))


def _hints(dataset: Dataset, name: str) -> TTableSchema:
    """What dlt's schema says of a table, columns without rows included, with what it inherits from its root."""
    table = dataset.prepared(name)
    table["columns"] = dict(dataset.schema.get_table(name)["columns"])
    return cast("TTableSchema", table)


def _columns(table: TTableSchema, hint: str) -> tuple[str, ...]:
    """The columns with *hint*; one that no row has ever had is refused, because a merge without it would append."""
    names = tuple(get_columns_names_with_prop(table, hint, include_incomplete=True))
    sent = _sent(table)
    for name in names:
        if name not in sent:
            own = [column for column in sent if not column.startswith("_dlt_")]
            throw(Invalid(hint, name, f"columns that the source sends: {', '.join(own)}"))
    return names


def _check_single(table: TTableSchema, hint: str) -> None:
    """Refuse a *hint* on several columns: nobody could tell which of them counts."""
    names = tuple(get_columns_names_with_prop(table, hint, include_incomplete=True))
    if len(names) > 1:
        throw(Invalid(hint, ", ".join(names), "one column"))


def _sent(table: TTableSchema) -> list[str]:
    return [name for name, column in table["columns"].items() if column.get("data_type")]


def _row_id(table: TTableSchema) -> str:
    return str(get_first_column_name_with_prop(table, "row_key"))


def _root_id(nested: TTableSchema, root: str) -> str:
    """The column in which a nested row names its root row: as its parent, which it always does, or else as its root."""
    hint = "parent_key" if nested.get("parent") == root else "root_key"
    column = get_first_column_name_with_prop(nested, hint)
    if column is None:
        throw(
            Invalid(
                "root_key",
                str(nested["name"]),
                "a column that names the root row: dlt adds it to nested tables",
            )
        )
    return str(column)
