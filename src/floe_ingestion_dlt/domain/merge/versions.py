"""What a merge by versions does: the table keeps every version of a row, with the times at which it was valid.

A load is the current data. A version that is no longer in it ends, a new version begins, and an unchanged version continues.
No version is ever removed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import DeletesRefused, MergeRefused
from floe_ingestion_dlt.domain.merge.keys import Row, has_all, is_deleted, key_of, winners
from floe_ingestion_dlt.domain.merge.missing import MissingRows, are_deleted
from floe_ingestion_dlt.domain.merge.refusals import repeated_keys, rows_without_key, undecided_rows
from floe_ingestion_dlt.domain.merge.rows import ALL_ROWS, Merged, SourceKeys, gone_by
from floe_ingestion_dlt.domain.merge.sorting import DedupSort
from floe_ingestion_dlt.domain.merge.strategy import ByVersion, MissingVersion
from floe_ingestion_dlt.domain.names import TableName


@final
@dataclass(frozen=True, slots=True)
class MergeVersions:
    """How a load's rows become versions in a table.

    Rows that are equal in the columns of *version* are the same version. Active versions have *active* in their column
    *valid_to*; a load ends and begins versions *at* one moment. With a *key*, a load has one version for each key. With a
    *scope*, only versions end whose values in these columns are in a row of the load; without one, the load is the complete
    data. *has_nested* means that there are nested tables. With *missing*, versions end
    whose key is gone in the source, and only so many.
    """

    strategy: ByVersion
    version: tuple[str, ...]
    valid_from: str
    valid_to: str
    at: datetime
    active: datetime | None = None
    key: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    hard_delete: str | None = None
    dedup_sort: DedupSort | None = None
    has_nested: bool = False
    missing: MissingRows | None = None


def versioned(
    table: TableName,
    existing: Sequence[Row],
    incoming: Sequence[Row],
    how: MergeVersions,
    source: SourceKeys = ALL_ROWS,
) -> Result[Merged, MergeRefused | DeletesRefused]:
    """The result of merging *incoming* rows into a table of versions; one that ends is removed, and added again with its end."""
    refusal = rows_without_key(table, incoming, how.key) or undecided_rows(
        table, incoming, how.hard_delete, how.dedup_sort
    )
    winning = winners(incoming, how.key or how.version, how.dedup_sort)
    if refusal is None and how.has_nested and how.key:
        refusal = repeated_keys(table, len(incoming) - len(winning))
    if refusal is not None:
        return Failure(refusal)
    if how.missing is None:
        return Success(_versioned(existing, winning, how, _nothing))
    active = [row for row in existing if row[how.valid_to] == how.active]
    is_gone = gone_by(how.key, incoming, source)
    counts = source.counts(incoming, active, is_gone)
    decided = are_deleted(str(table), source.load_id, how.missing, counts)
    ends = replace(_versioned(existing, winning, how, is_gone), deleted=counts.gone)
    return decided.map(lambda deletes: ends if deletes else _versioned(existing, winning, how, _nothing))


def _nothing(_row: Row) -> bool:
    return False


def _versioned(
    existing: Sequence[Row], winning: Sequence[Row], how: MergeVersions, is_gone: Callable[[Row], bool]
) -> Merged:
    current = [row for row in winning if not is_deleted(row, how.hard_delete)]
    sent = {key_of(row, how.version) for row in current}
    in_scope = {key_of(row, how.scope) for row in winning if has_all(row, how.scope)}

    def is_missing(row: Row) -> bool:
        return key_of(row, how.version) not in sent and key_of(row, how.scope) in in_scope

    def ends(row: Row) -> bool:
        is_active = row[how.valid_to] == how.active
        return is_active and (
            is_gone(row) or (how.strategy.missing is MissingVersion.END and is_missing(row))
        )

    known = {key_of(row, how.version) for row in existing if row[how.valid_to] == how.active}
    new = [row for row in current if key_of(row, how.version) not in known]
    ended = tuple(row for row in existing if ends(row))
    return Merged(
        kept=tuple(row for row in existing if not ends(row)),
        removed=ended,
        added=(
            *({**row, how.valid_to: how.at} for row in ended),
            *({**row, how.valid_from: how.at, how.valid_to: how.active} for row in new),
        ),
        applied=len(new),
    )
