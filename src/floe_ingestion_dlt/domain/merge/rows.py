"""What a merge by keys does, row by row: the rule that every destination keeps, however it keeps it at scale.

Every row of the load must have a key, because a row without one could never be matched again; of several rows with one
key in a load, one wins. A table is merged whole: nested tables follow the rows of their root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.merge.keys import Row, has_all, is_deleted, key_of, winners
from floe_ingestion_dlt.domain.merge.refusals import repeated_keys, rows_without_key
from floe_ingestion_dlt.domain.merge.sorting import DedupSort
from floe_ingestion_dlt.domain.merge.strategy import ByKey, Nested
from floe_ingestion_dlt.domain.names import TableName


@final
@dataclass(frozen=True, slots=True)
class MergeRows:
    """How a load's rows are merged with those of a table that has keys.

    Rows with the same *key* are the same row; without a key all are different. Rows of the table with the *merge_key*
    of a row of the load match it as well, whatever their key. A row whose *hard_delete* column is true (or, if it is no
    boolean, not null) removes and is not added. *row_id* is the column by which nested tables name their root row, None
    where there are none.
    """

    strategy: ByKey
    key: tuple[str, ...]
    merge_key: tuple[str, ...] = ()
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None
    row_id: str | None = None

    @property
    def adds_nested(self) -> bool:
        """Whether nested rows come that are new to a root row that stays.

        With *hard_delete* they do not: a row that only removes must not bring nested rows.
        """
        return self.strategy.nested is Nested.FOLLOW_AND_ADD and self.hard_delete is None


@final
@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge makes of a table: the rows that stay, go and come, and how many of the load's were applied."""

    stay: tuple[Row, ...]
    go: tuple[Row, ...]
    come: tuple[Row, ...]
    applied: int

    @property
    def rows(self) -> tuple[Row, ...]:
        """The table's rows after the merge."""
        return (*self.stay, *self.come)


def merged(
    table: TableName, existing: Sequence[Row], incoming: Sequence[Row], how: MergeRows
) -> Result[Merged, MergeRefused]:
    """What a load of *incoming* does to the *existing* rows of a table that has keys."""
    refusal = _refusal(table, incoming, how)
    return Failure(refusal) if refusal else Success(_merged(existing, incoming, how))


def _refusal(table: TableName, incoming: Sequence[Row], how: MergeRows) -> MergeRefused | None:
    repeated = len(incoming) - len({row[how.row_id] for row in incoming}) if how.row_id else 0
    return rows_without_key(table, incoming, how.key) or repeated_keys(table, repeated)


def _merged(existing: Sequence[Row], incoming: Sequence[Row], how: MergeRows) -> Merged:
    is_matched = _matches_any(incoming, how)
    known = {key_of(row, how.key) for row in existing} if how.key else set()

    def goes(row: Row) -> bool:
        return how.strategy.removes(is_matched=is_matched(row))

    def comes(row: Row) -> bool:
        is_known = key_of(row, how.key) in known
        return not is_deleted(row, how.hard_delete) and how.strategy.adds(is_matched=is_known)

    came = winners(incoming, how.key, how.dedup_sort)
    come = tuple(row for row in came if comes(row))
    return Merged(
        stay=tuple(row for row in existing if not goes(row)),
        go=tuple(row for row in existing if goes(row)),
        come=come,
        applied=len(came if how.strategy.applies_every_row else come),
    )


def _matches_any(incoming: Sequence[Row], how: MergeRows) -> Callable[[Row], bool]:
    """Whether a row of the table has the key, or the merge key, of a row of the load, one that lost included."""
    keys = [
        (columns, {key_of(row, columns) for row in incoming if has_all(row, columns)})
        for columns in (how.key, how.merge_key)
        if columns
    ]
    return lambda row: any(key_of(row, columns) in known for columns, known in keys)
