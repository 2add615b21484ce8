"""How a load writes a table: dlt's hints on tables and columns as a mode of the domain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from floe_ingestion_dlt.adapters.dlt import merge_hints
from floe_ingestion_dlt.adapters.dlt.kept_keys import missing_rows
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.merge_hints import Validity, merge_hints_in, sent_columns
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt.state import is_refresh, kept_window, table_read_at
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    TTableSchema,
    ensure_datetime_in_tz,
    get_first_column_name_with_prop,
    get_nested_tables,
    get_root_table,
    has_table_seen_data,
)
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.load import TableMode
from floe_ingestion_dlt.domain.merge import (
    INSERT_ONLY,
    ByVersion,
    MergeNested,
    MergeRows,
    MergeVersions,
    ReplaceFiles,
    ReplaceWindow,
)
from floe_ingestion_dlt.domain.source_columns import FILE
from floe_ingestion_dlt.domain.write_modes import Append, Replace


def table_mode(dataset: Dataset, name: str, at: datetime) -> TableMode:
    """The mode in which a load writes the table; a merge without a key appends, as in dlt.

    Versions begin and end *at* one moment, unless the hints have another one.
    """
    table = _hints(dataset, name)
    match table["write_disposition"]:
        case "replace":
            window = kept_window()
            if window is None:
                return Replace()
            return _replacement(dataset, table, lambda row_id: ReplaceWindow(window, row_id, table_read_at()))
        case "merge":
            return _merge(dataset, table, at)
        case _:
            files = _changed_files(dataset, table)
            if not files:
                return Append()
            return _replacement(dataset, table, lambda row_id: ReplaceFiles(FILE, files, row_id))


def replaces_all(dataset: Dataset, name: str, at: datetime) -> bool:
    """Whether a load keeps no row that is in the table now."""
    return is_refresh() or isinstance(table_mode(dataset, name, at), Replace)


def _merge(dataset: Dataset, table: TTableSchema, at: datetime) -> TableMode:
    name = str(table["name"])
    root = str(get_root_table(dataset.schema.tables, name)["name"])
    how = _root_merge(dataset, _hints(dataset, root), at)
    if root == name or isinstance(how, Append):
        return how
    if isinstance(how, MergeVersions):
        # A nested row's id is made of its version's id and its position: it is in the table already, or it is new. Versions
        # that ended keep their nested rows.
        return MergeRows(INSERT_ONLY, (_row_id(table),))
    return MergeNested(
        dataset.table(root), _root_id(table, root), _row_id(table) if how.adds_nested else None
    )


def _changed_files(dataset: Dataset, table: TTableSchema) -> tuple[str, ...]:
    """The files whose rows are replaced; none for tables that do not belong to the plan's table."""
    package, root = LoadPackage.current(), get_root_table(dataset.schema.tables, str(table["name"]))
    is_of_plan = dataset.table(str(root["name"])) == dataset.binding.root_table
    return package.changed_files() if package is not None and is_of_plan else ()


def _replacement(
    dataset: Dataset, table: TTableSchema, of_root: Callable[[str | None], TableMode]
) -> TableMode:
    """Some rows of the root are replaced, and nested rows follow them."""
    name = str(table["name"])
    root = str(get_root_table(dataset.schema.tables, name)["name"])
    if root != name:
        if table.get("parent") != root and get_first_column_name_with_prop(table, "root_key") is None:
            throw(_without_root(name))
        return MergeNested(dataset.table(root), _root_id(table, root))
    row_id = _row_id(table) if len(chain(dataset, root)) > 1 else None
    return of_root(row_id)


def _without_root(name: str) -> Invalid:
    why = (
        f"rows of {name} are nested in nested rows and do not name their root row, so they cannot be replaced with it."
        " To load windows, set write_mode to merge, or max_table_nesting of the resource to 1."
        " To reload files, set reader_options.nested to json or struct, and load once with refresh=True"
    )
    return Invalid(
        "window" if kept_window() is not None else "on_changed_file", None, why, is_superfluous=True
    )


def validity_columns(dataset: Dataset, name: str) -> tuple[str, ...]:
    """The columns of the table with the begin and end of a version; none in most tables."""
    return merge_hints.validity_columns(_hints(dataset, name))


def chain(dataset: Dataset, root: str) -> list[str]:
    """The root and its nested tables with columns, which are in the catalog."""
    tables = get_nested_tables(dataset.schema.tables, root)
    return [str(table["name"]) for table in tables if has_table_seen_data(table) and table["columns"]]


def _root_merge(dataset: Dataset, table: TTableSchema, at: datetime) -> Append | MergeRows | MergeVersions:
    merge = merge_hints_in(table)
    strategy, key = merge.strategy, merge.primary_key
    has_nested = len(chain(dataset, str(table["name"]))) > 1
    if isinstance(strategy, ByVersion):
        validity = merge.validity
        return MergeVersions(
            strategy,
            version=_version(table, validity),
            valid_from=validity.valid_from,
            valid_to=validity.valid_to,
            at=validity.boundary or ensure_datetime_in_tz(at, UTC),
            active=validity.active,
            key=key,
            scope=merge.merge_key,
            hard_delete=merge.hard_delete,
            dedup_sort=merge.dedup_sort,
            has_nested=has_nested,
            missing=missing_rows(),
        )
    if not key and strategy.needs_key:
        wanted = f"the columns by which {strategy.name} recognises an existing row"
        throw(Invalid("primary_key", "", wanted))
    if not key and not merge.merge_key and not merge.hard_delete:
        return Append()
    also_matched = merge.merge_key if strategy.uses_merge_key else ()
    row_id = _row_id(table) if has_nested else None
    missing = missing_rows() if key else None
    return MergeRows(strategy, key, also_matched, merge.hard_delete, merge.dedup_sort, row_id, missing)


def _version(table: TTableSchema, validity: Validity) -> tuple[str, ...]:
    """The columns that make a version: the one that the hints name if rows have it, else all that the source sends."""
    if validity.row_version:
        return (validity.row_version,)
    moments = (validity.valid_from, validity.valid_to)
    return tuple(name for name in sent_columns(table) if name not in moments and not name.startswith("_dlt_"))


def _hints(dataset: Dataset, name: str) -> TTableSchema:
    """The table in dlt's schema, with columns that have no rows yet, and with what it inherits from its root."""
    return dataset.described(name, dict(dataset.schema.get_table(name)["columns"]))


def _row_id(table: TTableSchema) -> str:
    return str(get_first_column_name_with_prop(table, "row_key"))


def _root_id(nested: TTableSchema, root: str) -> str:
    """The column in which a nested row names its root row: the parent key if the root is its parent, else the root key."""
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
