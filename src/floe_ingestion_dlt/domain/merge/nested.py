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
    """Rows that are removed and added with their root row in the table *root*, whose id is in their column *root_id*.

    *row_id* is the column of their own id. If it is set, rows that are new to a root row that is kept are added, too.
    """

    root: TableName
    root_id: str
    row_id: str | None = None


@final
@dataclass(frozen=True, slots=True)
class RootRows:
    """The ids of the root rows that a load kept and added, and whether any were removed or added."""

    kept: frozenset[Hashable] = frozenset()
    added: frozenset[Hashable] = frozenset()
    has_changed: bool = False

    @classmethod
    def of(cls, root: Merged, row_id: str) -> RootRows:
        removed, added = _values(root.removed, row_id), _values(root.added, row_id)
        return cls(_values(root.kept, row_id) - removed, added, bool(root.removed or root.added))


def merged_nested(
    existing: Sequence[Row], incoming: Sequence[Row], how: MergeNested, root: RootRows
) -> Merged:
    """What a load does to a nested table, whose rows follow those of their *root*.

    Rows without a root row are removed, whatever removed the root row: it may be added again, with the same id or another one.
    """
    known = {row[how.row_id] for row in existing} if how.row_id else set()

    def is_removed(row: Row) -> bool:
        return root.has_changed and row[how.root_id] is not None and row[how.root_id] not in root.kept

    def is_added(row: Row) -> bool:
        is_new = how.row_id is not None and row[how.row_id] not in known
        return row[how.root_id] in root.added or (is_new and row[how.root_id] in root.kept)

    added = tuple(row for row in incoming if is_added(row))
    kept = tuple(row for row in existing if not is_removed(row))
    return Merged(kept, tuple(row for row in existing if is_removed(row)), added, len(added))


def _values(rows: Sequence[Row], column: str) -> frozenset[Hashable]:
    return frozenset(row[column] for row in rows)
