"""The settings of a table's cursor, key and merges from one place; `over` says which place takes precedence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self, final

from returns.result import Result, Success

from floe_ingestion_dlt.domain.cursors import Cursor
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge.missing import KEYS
from floe_ingestion_dlt.domain.write_modes import (
    DedupSort,
    DeleteMissing,
    Merge,
    WriteMode,
    parse_write_mode,
    with_rules,
)


@final
@dataclass(frozen=True, slots=True)
class TableSettings:
    """Settings in the words of the configuration; None, an empty key, or a cursor without a column, if a setting is not set."""

    cursor: Cursor = Cursor()  # noqa: RUF009 - it is frozen
    primary_key: tuple[str, ...] = ()
    merge_strategy: str | None = None
    hard_delete: str | None = None
    dedup_sort: Mapping[str, str] | None = None
    delete_missing: str | None = None
    soft_delete: str | None = None
    max_deletes: str | int | None = None

    @classmethod
    def of(cls, mode: WriteMode, cursor: str | None) -> Self:
        """The settings that result in *mode* and *cursor*."""
        if not isinstance(mode, Merge):
            return cls(Cursor(cursor))
        sort = mode.dedup_sort and {mode.dedup_sort.column: mode.dedup_sort.order.value}
        merge = cls(Cursor(cursor), mode.key, mode.strategy.name, mode.hard_delete, sort)
        if mode.missing is None:
            return merge
        most, column = str(mode.missing.most), mode.missing.soft_delete
        return replace(merge, delete_missing=KEYS, soft_delete=column, max_deletes=most)

    def over(self, other: TableSettings) -> TableSettings:
        """These settings, and those of *other* where they are not set."""
        return TableSettings(
            self.cursor if self.cursor.column else other.cursor,
            self.primary_key or other.primary_key,
            self.merge_strategy or other.merge_strategy,
            self.hard_delete or other.hard_delete,
            self.dedup_sort or other.dedup_sort,
            self.delete_missing or other.delete_missing,
            self.soft_delete or other.soft_delete,
            other.max_deletes if self.max_deletes is None else self.max_deletes,
        )

    def for_mode(self, write_mode: str) -> TableSettings:
        """The settings that apply to another place's *write_mode*: without a merge, the merge settings are dropped."""
        return self if write_mode == "merge" else TableSettings(self.cursor, self.primary_key)

    def mode(self, write_mode: str) -> Result[WriteMode, Invalid]:
        """The write mode with these settings."""
        sort = DedupSort.parse(self.dedup_sort) if self.dedup_sort is not None else Success(None)
        missing = DeleteMissing.parse(self.delete_missing, self.soft_delete, self.max_deletes)
        mode = parse_write_mode(write_mode, self.merge_strategy, self.primary_key)
        return sort.bind(
            lambda by: missing.bind(
                lambda gone: mode.bind(lambda known: with_rules(known, self.hard_delete, by, gone))
            )
        )
