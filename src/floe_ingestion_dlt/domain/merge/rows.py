"""What a merge by keys does with each row; every destination implements this rule.

Every row of the load must have a key, because a row without one could never be matched again. If several rows of a load have
the same key, one of them wins. Nested tables follow the rows of their root table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import DeletesRefused, MergeRefused
from floe_ingestion_dlt.domain.merge.keys import Key, Row, has_all, is_deleted, key_of, winners
from floe_ingestion_dlt.domain.merge.missing import KeyCounts, MissingRows, are_deleted
from floe_ingestion_dlt.domain.merge.refusals import repeated_keys, rows_without_key, undecided_rows
from floe_ingestion_dlt.domain.merge.sorting import DedupSort
from floe_ingestion_dlt.domain.merge.strategy import ByKey, Nested
from floe_ingestion_dlt.domain.names import TableName


@final
@dataclass(frozen=True, slots=True)
class MergeRows:
    """How a load's rows are merged with those of a table that has keys.

    Rows with the same *key* are the same row; without a key, all rows are different. A row of the table also matches a row of
    the load that has the same *merge_key*, even if their keys differ. A row whose value in the column *hard_delete*
    says that it is deleted removes rows and is not added. *row_id* is the column by which nested tables refer to their root
    row; None if there are no nested tables. *missing* says what becomes of rows that are gone in the source; None if they stay.
    """

    strategy: ByKey
    key: tuple[str, ...]
    merge_key: tuple[str, ...] = ()
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None
    row_id: str | None = None
    missing: MissingRows | None = None

    @property
    def adds_nested(self) -> bool:
        """Whether nested rows are added that are new to a root row that is kept.

        With *hard_delete* they are not: a row that only removes must not add nested rows.
        """
        return self.strategy.nested is Nested.FOLLOW_AND_ADD and self.hard_delete is None


@final
@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge: the rows that are kept, removed and added, and how many rows of the load were applied.

    *deleted* is the number of rows that are gone in the source: they were removed, or flagged, or their versions ended. If
    the merge *flags* rows, some of the kept rows are changed.
    """

    kept: tuple[Row, ...]
    removed: tuple[Row, ...]
    added: tuple[Row, ...]
    applied: int
    deleted: int = 0
    flags: bool = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table's rows after the merge."""
        return (*self.kept, *self.added)


@final
@dataclass(frozen=True, slots=True)
class SourceKeys:
    """The *keys* that the source has, for the load *load_id*; None if the rows of the load are all of its rows."""

    load_id: str = ""
    keys: Collection[Key] | None = None

    def counts(
        self, incoming: Sequence[Row], there: Sequence[Row], is_gone: Callable[[Row], bool]
    ) -> KeyCounts:
        """How many keys the source gave, and how many of the table's rows *there* are gone."""
        keys = incoming if self.keys is None else self.keys
        return KeyCounts(len(keys), len(there), sum(map(is_gone, there)))


ALL_ROWS: Final = SourceKeys()


def merged(
    table: TableName,
    existing: Sequence[Row],
    incoming: Sequence[Row],
    how: MergeRows,
    source: SourceKeys = ALL_ROWS,
) -> Result[Merged, MergeRefused | DeletesRefused]:
    """The result of merging *incoming* rows into the *existing* rows of a table that has keys."""
    if refusal := _refusal(table, incoming, how):
        return Failure(refusal)
    plain = _merged(existing, incoming, how)
    if how.missing is None:
        return Success(plain)
    return _without_missing(table, existing, incoming, how, how.missing, source, plain)


def _without_missing(  # noqa: PLR0913, PLR0917
    table: TableName,
    existing: Sequence[Row],
    incoming: Sequence[Row],
    how: MergeRows,
    missing: MissingRows,
    source: SourceKeys,
    plain: Merged,
) -> Result[Merged, MergeRefused | DeletesRefused]:
    """The *plain* merge, in which rows that are gone in the source are removed or flagged."""
    is_gone = gone_by(how.key, incoming, source)
    there = [row for row in existing if missing.flag is None or row[missing.flag] is not True]
    counts = source.counts(incoming, there, is_gone)

    def flagged(row: Row) -> Row:
        is_known = has_all(row, how.key)
        if missing.flag is None or not is_known or (row[missing.flag] is True) is is_gone(row):
            return row
        return {**row, missing.flag: is_gone(row)}

    def applied() -> Merged:
        if missing.flag is not None:
            kept = tuple(map(flagged, plain.kept))
            return replace(plain, kept=kept, deleted=counts.gone, flags=kept != plain.kept)
        kept = tuple(row for row in plain.kept if not is_gone(row))
        lost = tuple(row for row in plain.kept if is_gone(row))
        return replace(plain, kept=kept, removed=(*plain.removed, *lost), deleted=counts.gone)

    decided = are_deleted(str(table), source.load_id, missing, counts)
    return decided.map(lambda deletes: applied() if deletes else plain)


def gone_by(key: tuple[str, ...], incoming: Sequence[Row], source: SourceKeys) -> Callable[[Row], bool]:
    """Whether a row of the table is gone: neither the source's keys nor the load's have its key. A row without a key never is."""
    known = {*(key_of(row, key) for row in incoming), *(source.keys or ())}
    return lambda row: has_all(row, key) and key_of(row, key) not in known


def _refusal(table: TableName, incoming: Sequence[Row], how: MergeRows) -> MergeRefused | None:
    repeated = len(incoming) - len({row[how.row_id] for row in incoming}) if how.row_id else 0
    return (
        rows_without_key(table, incoming, how.key)
        or undecided_rows(table, incoming, how.hard_delete, how.dedup_sort)
        or repeated_keys(table, repeated)
    )


def _merged(existing: Sequence[Row], incoming: Sequence[Row], how: MergeRows) -> Merged:
    is_matched = _matches_any(incoming, how)
    known = {key_of(row, how.key) for row in existing} if how.key else set()

    def is_removed(row: Row) -> bool:
        return how.strategy.removes(is_matched=is_matched(row))

    def is_added(row: Row) -> bool:
        is_known = key_of(row, how.key) in known
        return not is_deleted(row, how.hard_delete) and how.strategy.adds(is_matched=is_known)

    winning = winners(incoming, how.key, how.dedup_sort)
    added = tuple(row for row in winning if is_added(row))
    return Merged(
        kept=tuple(row for row in existing if not is_removed(row)),
        removed=tuple(row for row in existing if is_removed(row)),
        added=added,
        applied=len(winning if how.strategy.applies_every_row else added),
    )


def _matches_any(incoming: Sequence[Row], how: MergeRows) -> Callable[[Row], bool]:
    """Whether a row of the table has the key or the merge key of any row of the load, including rows that did not win."""
    keys = [
        (columns, {key_of(row, columns) for row in incoming if has_all(row, columns)})
        for columns in (how.key, how.merge_key)
        if columns
    ]
    return lambda row: any(key_of(row, columns) in known for columns, known in keys)
