"""How a load meets the rows that are already there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid


class MergeStrategy(Enum):
    """How rows with a known key are merged; the names are dlt's."""

    DELETE_INSERT = "delete-insert"
    UPSERT = "upsert"
    INSERT_ONLY = "insert-only"
    SCD2 = "scd2"

    @classmethod
    def parse(cls, text: str) -> Result[MergeStrategy, Invalid]:
        known = {strategy.value: strategy for strategy in cls}
        if text in known:
            return Success(known[text])
        return Failure(Invalid("merge_strategy", text, f"one of {', '.join(known)}"))


@final
@dataclass(frozen=True, slots=True)
class Append:
    """The load's rows are added."""


@final
@dataclass(frozen=True, slots=True)
class Replace:
    """The load's rows take the place of all others."""


@final
@dataclass(frozen=True, slots=True)
class Merge:
    """The load's rows take the place of those with the same *key*, one column or more."""

    strategy: MergeStrategy
    key: tuple[str, ...]


WriteMode: TypeAlias = Append | Replace | Merge


def name_of(mode: WriteMode) -> str:
    """The mode's name in the configuration: append, replace or merge."""
    return type(mode).__name__.lower()


def parse_write_mode(
    text: str, strategy: str | None = None, key: tuple[str, ...] = ()
) -> Result[WriteMode, Invalid]:
    """Read a write mode; a merge needs a key, and only a merge has a strategy (delete-insert unless told)."""
    if text == "merge":
        told = MergeStrategy.DELETE_INSERT.value if strategy is None else strategy
        return MergeStrategy.parse(told).bind(lambda known: _merge(known, key))
    if text not in {"append", "replace"}:
        return Failure(Invalid("write_mode", text, "one of append, replace, merge"))
    if strategy is not None:
        return Failure(
            Invalid("merge_strategy", strategy, f"nothing, because write_mode is {text}, not merge")
        )
    return Success(Append() if text == "append" else Replace())


def _merge(strategy: MergeStrategy, key: tuple[str, ...]) -> Result[WriteMode, Invalid]:
    if not key:
        return Failure(
            Invalid("primary_key", "", "the column or columns that identify a row: merge needs a key")
        )
    return Success(Merge(strategy, key))
