"""A merge as hints in dlt's schema: the engine writes them, the loader reads them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, cast, final

from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    TTableSchema,
    TTableSchemaColumns,
    ensure_datetime_in_tz,
    get_active_record_timestamp,
    get_columns_names_with_prop,
    get_dedup_sort_tuple,
    get_first_column_name_with_prop,
    get_validity_column_names,
)
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge import (
    DEFAULT_STRATEGY,
    ByVersion,
    DedupSort,
    MergeStrategy,
    Order,
    parse_strategy,
)

STRATEGY: Final = "x-merge-strategy"
BOUNDARY: Final = "x-boundary-timestamp"
BEGINS: Final = "x-valid-from"
ENDS: Final = "x-valid-to"
ACTIVE: Final = "x-active-record-timestamp"
ROW_VERSION: Final = "x-row-version"
# Options of dlt's own SQL merges that loads here do not have; a merge without them would change other rows.
NOT_SUPPORTED: Final = ("x-merge-source-filter", "x-merge-destination-scope", "x-merge-skip-unchanged-rows")

VALID_FROM: Final = "_dlt_valid_from"
VALID_TO: Final = "_dlt_valid_to"
ROW_ID: Final = "_dlt_id"


@final
@dataclass(frozen=True, slots=True)
class Validity:
    """The columns of a table of versions.

    Rows with the same *row_version* are the same version; without that column, rows that are equal in all that the source
    sends. A current version has *active* in its column *valid_to*. New versions begin at the *boundary*, else with the load.
    """

    valid_from: str = VALID_FROM
    valid_to: str = VALID_TO
    row_version: str | None = ROW_ID
    active: datetime | None = None
    boundary: datetime | None = None


@final
@dataclass(frozen=True, slots=True)
class MergeHints:
    """What the hints of a table and of its columns say of a merge; *validity* counts for a strategy by versions only."""

    strategy: MergeStrategy = DEFAULT_STRATEGY
    primary_key: tuple[str, ...] = ()
    merge_key: tuple[str, ...] = ()
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None
    validity: Validity = Validity()


def table_hints(merge: MergeHints) -> dict[str, object]:
    """The hints for the table."""
    boundary = merge.validity.boundary if isinstance(merge.strategy, ByVersion) else None
    return {STRATEGY: merge.strategy.name} | ({} if boundary is None else {BOUNDARY: boundary})


def column_hints(merge: MergeHints) -> TTableSchemaColumns:
    """The hints for the columns."""
    hints: dict[str, dict[str, object]] = {}

    def add(column: str, given: Mapping[str, object]) -> None:
        hints.setdefault(column, {"name": column}).update(given)

    for column in merge.primary_key:
        add(column, {"primary_key": True})
    for column in merge.merge_key:
        add(column, {"merge_key": True})
    if merge.hard_delete:
        add(merge.hard_delete, {"hard_delete": True})
    if merge.dedup_sort:
        add(merge.dedup_sort.column, {"dedup_sort": merge.dedup_sort.order.value})
    if isinstance(merge.strategy, ByVersion):
        moment = {"data_type": "timestamp", "nullable": True}
        add(merge.validity.valid_from, moment | {BEGINS: True})
        add(merge.validity.valid_to, moment | {ENDS: True, ACTIVE: merge.validity.active})
        if merge.validity.row_version:
            is_hash = {ROW_VERSION: True, "nullable": True, "unique": False, "row_key": False}
            add(merge.validity.row_version, is_hash)
    return cast("TTableSchemaColumns", hints)  # dlt's type has no custom hints


def merge_hints_in(table: TTableSchema) -> MergeHints:
    """The merge that the hints of *table* describe; raises for one that loads here cannot do."""
    for hint in NOT_SUPPORTED:
        if table.get(hint):
            why = "merges match rows by key only"
            throw(Invalid(hint, str(table.get(hint)), why, is_superfluous=True))
    key, merge_key = _columns(table, "primary_key"), _columns(table, "merge_key")
    strategy = value_or_throw(parse_strategy(str(table.get(STRATEGY) or DEFAULT_STRATEGY.name)))
    for hint in ("hard_delete", "dedup_sort"):
        _check_single(table, hint)
    sort = get_dedup_sort_tuple(table) if key and _columns(table, "dedup_sort") else None
    return MergeHints(
        strategy,
        key,
        merge_key,
        get_first_column_name_with_prop(table, "hard_delete"),
        DedupSort(sort[0], Order(sort[1])) if sort else None,
        _validity(table) if isinstance(strategy, ByVersion) else Validity(),
    )


def validity_columns(table: TTableSchema) -> tuple[str, ...]:
    """The columns with the begin and end of a version; none in most tables."""
    return tuple(str(column) for column in get_validity_column_names(table) if column)


def sent_columns(table: TTableSchema) -> list[str]:
    """The columns that had a value in some row; others have no type yet."""
    return [name for name, column in table["columns"].items() if column.get("data_type")]


def _validity(table: TTableSchema) -> Validity:
    begins, ends = get_validity_column_names(table)
    if begins is None or ends is None:
        missing = BEGINS if begins is None else ENDS
        throw(Invalid(missing, "", "a column with this hint: a table of versions has two of them"))
    return Validity(
        begins,
        ends,
        row_version=get_first_column_name_with_prop(table, ROW_VERSION),
        active=_in_utc(get_active_record_timestamp(table)),
        boundary=_in_utc(table.get(BOUNDARY) or None),
    )


def _in_utc(moment: object) -> datetime | None:
    return ensure_datetime_in_tz(moment, UTC) if isinstance(moment, date | str | float | int) else None


def _columns(table: TTableSchema, hint: str) -> tuple[str, ...]:
    """The columns with *hint*; one that no row has ever had is refused, because a merge without it would append."""
    names = tuple(get_columns_names_with_prop(table, hint, include_incomplete=True))
    sent = sent_columns(table)
    for name in names:
        if name not in sent:
            own = [column for column in sent if not column.startswith("_dlt_")]
            throw(Invalid(hint, name, f"columns that have a value in some row: {', '.join(own)}"))
    return names


def _check_single(table: TTableSchema, hint: str) -> None:
    """Refuse a *hint* on several columns, because it is not clear which one counts."""
    names = tuple(get_columns_names_with_prop(table, hint, include_incomplete=True))
    if len(names) > 1:
        throw(Invalid(hint, ", ".join(names), "one column"))
