"""What a merge does to nested tables, whose rows follow those of their root."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.domain.merge.keys import Row
from floe_ingestion_dlt.domain.merge.rows import Merged
from floe_ingestion_dlt.domain.names import TableName


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
class RootRows:
    """The ids of the root rows that stay in their table and that come with a load, and whether any went or came."""

    stay: frozenset[Hashable] = frozenset()
    came: frozenset[Hashable] = frozenset()
    has_changed: bool = False

    @classmethod
    def of(cls, root: Merged, row_id: str) -> RootRows:
        gone = _values(root.go, row_id)
        return cls(_values(root.stay, row_id) - gone, _values(root.come, row_id), bool(root.go or root.come))


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


def _values(rows: Sequence[Row], column: str) -> frozenset[Hashable]:
    return frozenset(row[column] for row in rows)
