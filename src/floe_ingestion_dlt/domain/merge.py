"""What a merge does, row by row: the words that every destination has to keep, however it keeps them at scale.

A merge knows rows by a key. Every row of the load must have one, because a row without could never be met again; of
several rows with one key in a load, one wins. A table is merged whole: nested tables follow the rows of their root.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import DedupSort, MergeStrategy, Order

Row = Mapping[str, Any]
Key = tuple[Hashable, ...]

NAN: Final = "not a number"


@final
@dataclass(frozen=True, slots=True)
class MergeRows:
    """How a load's rows meet those of a table that has keys.

    Rows with the same *key* are the same row; without a key all are different. Rows of the table with the *merge_key*
    of a row of the load go as well, whatever their key. A row whose *hard_delete* column is true (or, if it is no
    boolean, not null) removes and is not added. *row_id* is the column by which nested tables name their root row, None
    where there are none.
    """

    strategy: MergeStrategy
    key: tuple[str, ...]
    merge_key: tuple[str, ...] = ()
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None
    row_id: str | None = None


@final
@dataclass(frozen=True, slots=True)
class MergeNested:
    """Rows that go and come with those of the table *root*, which they name in the column *root_id*.

    With *row_id*, the column that tells them apart, those of a root row that stays come as well, if they are new to it.
    """

    root: TableName
    root_id: str
    row_id: str | None = None


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


def merged_nested(
    existing: Sequence[Row], incoming: Sequence[Row], how: MergeNested, root: RootRows
) -> Merged:
    """What a load does to a nested table, whose rows follow those of their *root*.

    Rows whose root row is not there go, whoever took it away: it may come again, under the same id or another one.
    """
    known = {row[how.row_id] for row in existing} if how.row_id else set()

    def goes(row: Row) -> bool:
        return root.has_changed and row[how.root_id] is not None and row[how.root_id] not in root.stay

    def comes(row: Row) -> bool:
        is_new = how.row_id is not None and row[how.row_id] not in known
        return row[how.root_id] in root.came or (is_new and row[how.root_id] in root.stay)

    come = tuple(row for row in incoming if comes(row))
    stay = tuple(row for row in existing if not goes(row))
    return Merged(stay, tuple(row for row in existing if goes(row)), come, len(come))


@final
@dataclass(frozen=True, slots=True)
class RootRows:
    """The ids of the root rows that stay in their table and that come with a load, and whether any went or came."""

    stay: frozenset[Hashable] = frozenset()
    came: frozenset[Hashable] = frozenset()
    has_changed: bool = False

    @classmethod
    def of(cls, root: Merged, row_id: str) -> RootRows:
        gone = _values(root.go, row_id)
        return cls(_values(root.stay, row_id) - gone, _values(root.come, row_id), bool(root.go or root.come))


def winners(incoming: Sequence[Row], key: tuple[str, ...], sort: DedupSort | None) -> tuple[Row, ...]:
    """One row for each key: the first by the sort column, else the last that came. All rows, where there is no key."""
    if not key:
        return tuple(incoming)
    best: dict[Key, Row] = {}
    for row in incoming:
        values = key_of(row, key)
        if values not in best or not _loses(row, best[values], sort):
            best[values] = row
    return tuple(best.values())


def _loses(row: Row, to: Row, sort: DedupSort | None) -> bool:
    """Whether *row*, which came later, loses to the best so far; a row without a value to sort by loses to one with."""
    if sort is None:
        return False
    value, best = row[sort.column], to[sort.column]
    if value is None or best is None:
        return value is None and best is not None
    return bool(value < best if sort.order is Order.DESC else value > best)


def _merged(existing: Sequence[Row], incoming: Sequence[Row], how: MergeRows) -> Merged:
    came = winners(incoming, how.key, how.dedup_sort)
    wanted = [row for row in came if not is_deleted(row, how.hard_delete)]
    if how.strategy is MergeStrategy.INSERT_ONLY:
        known = {key_of(row, how.key) for row in existing}
        new = tuple(row for row in wanted if key_of(row, how.key) not in known)
        return Merged(tuple(existing), (), new, len(new))
    goes = _met_by(incoming, how)
    stay = tuple(row for row in existing if not goes(row))
    return Merged(stay, tuple(row for row in existing if goes(row)), tuple(wanted), len(came))


def _met_by(incoming: Sequence[Row], how: MergeRows) -> Callable[[Row], bool]:
    """Whether a row of the table has the key, or the merge key, of a row of the load, one that lost included."""
    keys = [
        (columns, {key_of(row, columns) for row in incoming if has_all(row, columns)})
        for columns in (how.key, how.merge_key)
        if columns
    ]
    return lambda row: any(key_of(row, columns) in known for columns, known in keys)


def has_all(row: Row, columns: tuple[str, ...]) -> bool:
    """Whether the row has a value in each of *columns*."""
    return all(row[column] is not None for column in columns)


def key_of(row: Row, columns: tuple[str, ...]) -> Key:
    """The row's values in *columns*, so that they can be looked up and equal ones are equal."""
    return tuple(_comparable(row[column]) for column in columns)


def _comparable(value: Any) -> Hashable:
    """The value as Python can compare and hash it: lists and objects are not hashable, and nan is not equal to itself."""
    if isinstance(value, float) and math.isnan(value):
        return NAN
    if isinstance(value, Mapping):
        return tuple((name, _comparable(inner)) for name, inner in value.items())
    return tuple(map(_comparable, value)) if isinstance(value, list) else value


def is_deleted(row: Row, flag_column: str | None) -> bool:
    """Whether the row says that it is to be removed: by true, or, where the flag is no boolean, by any value."""
    if flag_column is None:
        return False
    flag = row[flag_column]
    return flag if isinstance(flag, bool) else flag is not None


def _values(rows: Sequence[Row], column: str) -> frozenset[Hashable]:
    return frozenset(row[column] for row in rows)


def _refusal(table: TableName, incoming: Sequence[Row], how: MergeRows) -> MergeRefused | None:
    repeated = len(incoming) - len(_values(incoming, how.row_id)) if how.row_id else 0
    return rows_without_key(table, incoming, how.key) or repeated_keys(table, repeated)


def rows_without_key(table: TableName, incoming: Sequence[Row], key: tuple[str, ...]) -> MergeRefused | None:
    """The refusal of rows that have no value in a column of the key."""
    empty = ((column, sum(row[column] is None for row in incoming)) for column in key)
    return next((without_key(table, column, rows) for column, rows in empty if rows), None)


def without_key(table: TableName, column: str, rows: int) -> MergeRefused:
    """The load has rows without a value in a column of the key."""
    return MergeRefused(
        str(table),
        f"{rows} rows have no value in the key column {column}",
        f"Let the source send {column} in every row, or choose columns for primary_key that always have a value.",
    )


def repeated_keys(table: TableName, rows: int) -> MergeRefused | None:
    """The refusal of root rows with one key, if the nested rows do not tell to which of them they belong."""
    if not rows:
        return None
    return MergeRefused(
        str(table),
        f"{rows} rows repeat the key of another row, and nested tables cannot tell such rows apart",
        "Let the source send each key once, or use the merge strategy delete-insert.",
    )
