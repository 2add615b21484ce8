"""Write modes: what a load does with the rows that are already in the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge import (
    DEFAULT_STRATEGY,
    DedupSort,
    MergeStrategy,
    Order,
    parse_strategy,
)
from floe_ingestion_dlt.domain.merge.strategy import Missing, MissingVersion

__all__ = [
    "WRITE_MODES",
    "Append",
    "DedupSort",
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
    have the same key, *dedup_sort* says which one wins; without it, the last one wins.
    """

    strategy: MergeStrategy
    key: tuple[str, ...]
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None


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
        case Merge(strategy):
            return strategy.missing in {Missing.REMOVE, MissingVersion.END}
        case _:
            assert_never(mode)


def without_windows(mode: WriteMode) -> str | None:
    """Why a load in this mode cannot be of a window's rows alone; None if it can."""
    if isinstance(mode, Merge) and removes_missing(mode):
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
    mode: WriteMode, hard_delete: str | None, dedup_sort: DedupSort | None
) -> Result[WriteMode, Invalid]:
    """The mode with rules that only a merge may have."""
    if isinstance(mode, Merge):
        return Success(replace(mode, hard_delete=hard_delete, dedup_sort=dedup_sort))
    for field, given in (("hard_delete", hard_delete), ("dedup_sort", dedup_sort and dedup_sort.column)):
        if given:
            return Failure(_only_for_merge(field, given, name_of(mode)))
    return Success(mode)


def _only_for_merge(field: str, given: str, write_mode: str) -> Invalid:
    why = f"it only applies to write_mode merge, and write_mode is {write_mode}"
    return Invalid(field, given, why, is_superfluous=True)
