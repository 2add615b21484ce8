"""Write modes: what a load does with the rows that are already in the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge import (
    DEFAULT_STRATEGY,
    ByVersion,
    DedupSort,
    DeleteMissing,
    MergeStrategy,
    Order,
    parse_strategy,
)
from floe_ingestion_dlt.domain.merge.missing import KEYS
from floe_ingestion_dlt.domain.merge.strategy import Missing, MissingVersion

__all__ = [
    "WRITE_MODES",
    "Append",
    "DedupSort",
    "DeleteMissing",
    "Merge",
    "MergeStrategy",
    "Order",
    "Replace",
    "WriteMode",
    "name_of",
    "parse_write_mode",
    "removes_missing",
    "with_rules",
    "without_windows",
]


@final
@dataclass(frozen=True, slots=True)
class Append:
    """The load's rows are added."""


@final
@dataclass(frozen=True, slots=True)
class Replace:
    """The load's rows replace all rows."""


@final
@dataclass(frozen=True, slots=True)
class Merge:
    """The load's rows replace the rows with the same *key*, of one column or more.

    A row whose value in the column *hard_delete* says that it is deleted only removes rows. If several rows of a load
    have the same key, *dedup_sort* says which one wins; without it, the last one wins. *missing* says what becomes of rows that
    are gone in the source; None if they stay.
    """

    strategy: MergeStrategy
    key: tuple[str, ...]
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None
    missing: DeleteMissing | None = None


WriteMode: TypeAlias = Append | Replace | Merge
WRITE_MODES: Final = ("append", "replace", "merge")


def name_of(mode: WriteMode) -> str:
    """The mode's name in the configuration: append, replace or merge."""
    return type(mode).__name__.lower()


def removes_missing(mode: WriteMode) -> bool:
    """Whether a row of the table is removed, or its version ends, because it is not in a load."""
    match mode:
        case Append():
            return False
        case Replace():
            return True
        case Merge():
            return mode.missing is not None or _ends_missing(mode)
        case _:
            assert_never(mode)


def _ends_missing(mode: Merge) -> bool:
    return mode.strategy.missing in {Missing.REMOVE, MissingVersion.END}


def without_windows(mode: WriteMode) -> str | None:
    """Why a load in this mode cannot be of a window's rows alone; None if it can."""
    if isinstance(mode, Merge) and _ends_missing(mode):
        return f"{mode.strategy.name} ends the versions of rows that are not in a load, and a window has only some rows"
    return None


def parse_write_mode(
    text: str, strategy: str | None = None, key: tuple[str, ...] = ()
) -> Result[WriteMode, Invalid]:
    """The write mode; a merge needs a key, and only a merge may have a strategy (default: delete-insert)."""
    if text == "merge":
        named = Success(DEFAULT_STRATEGY) if strategy is None else parse_strategy(strategy)
        return named.bind(lambda known: _merge(known, key))
    if text not in {"append", "replace"}:
        return Failure(Invalid("write_mode", text, f"one of {', '.join(WRITE_MODES)}"))
    if strategy is not None:
        return Failure(_only_for_merge("merge_strategy", strategy, text))
    return Success(Append() if text == "append" else Replace())


def _merge(strategy: MergeStrategy, key: tuple[str, ...]) -> Result[WriteMode, Invalid]:
    if not key:
        return Failure(
            Invalid("primary_key", "", "the column or columns that identify a row: merge needs a key")
        )
    return Success(Merge(strategy, key))


def with_rules(
    mode: WriteMode,
    hard_delete: str | None,
    dedup_sort: DedupSort | None,
    missing: DeleteMissing | None = None,
) -> Result[WriteMode, Invalid]:
    """The mode with rules that only a merge may have."""
    if isinstance(mode, Merge):
        ruled = replace(mode, hard_delete=hard_delete, dedup_sort=dedup_sort, missing=missing)
        refused = _unusable_soft_delete(ruled)
        return Success(ruled) if refused is None else Failure(refused)
    rules = {
        "hard_delete": hard_delete,
        "dedup_sort": dedup_sort and dedup_sort.column,
        "delete_missing": missing and KEYS,
    }
    for field, given in rules.items():
        if given:
            return Failure(_only_for_merge(field, given, name_of(mode)))
    return Success(mode)


def _unusable_soft_delete(mode: Merge) -> Invalid | None:
    """Refuses a column of rows that are gone which says something else, too, or which the merge does not need."""
    column = mode.missing and mode.missing.soft_delete
    if column is None:
        return None
    if isinstance(mode.strategy, ByVersion):
        why = f"with {mode.strategy.name}, the versions of rows that are gone end, and their columns of validity say so"
        return Invalid("soft_delete", column, why, is_superfluous=True)
    if mode.hard_delete is not None:
        why = "hard_delete removes rows that the source marks, and soft_delete keeps rows that are gone in the source: a table has one of them"
        return Invalid("soft_delete", column, why, is_superfluous=True)
    if column in {*mode.key, mode.dedup_sort and mode.dedup_sort.column}:
        wanted = "a column of its own, such as is_deleted, in which each load writes whether a row is gone in the source"
        return Invalid("soft_delete", column, wanted)
    return None


def _only_for_merge(field: str, given: str, write_mode: str) -> Invalid:
    why = f"it only applies to write_mode merge, and write_mode is {write_mode}"
    return Invalid(field, given, why, is_superfluous=True)
