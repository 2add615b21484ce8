"""Slowly changing dimensions of type 2: a table that keeps every version of a row, each with the time it was valid.

A load says what is true now. A version that it no longer brings ends; one that is new begins; one that it brings again
unchanged goes on. Nothing is ever removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.merge import (
    Merged,
    Row,
    has_all,
    is_deleted,
    key_of,
    repeated_keys,
    rows_without_key,
    winners,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import DedupSort


@final
@dataclass(frozen=True, slots=True)
class Scd2:
    """How a load's rows become versions in a table.

    Rows that are alike in the columns of *version* are the same version. The active ones have *active* in their column
    *valid_to*; a load ends and begins versions *at* one moment. With a *key*, a load brings one version for each. With a
    *scope*, only versions end whose values there some row of the load has; without one, the load is all there is.
    *has_nested* tells that nested tables follow.
    """

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


def versioned(
    table: TableName, existing: Sequence[Row], incoming: Sequence[Row], how: Scd2
) -> Result[Merged, MergeRefused]:
    """What a load of *incoming* does to a table of versions: those that end go, and come again with their end."""
    refusal = rows_without_key(table, incoming, how.key)
    came = winners(incoming, how.key or how.version, how.dedup_sort)
    if refusal is None and how.has_nested and how.key:
        refusal = repeated_keys(table, len(incoming) - len(came))
    return Failure(refusal) if refusal else Success(_versioned(existing, came, how))


def _versioned(existing: Sequence[Row], came: Sequence[Row], how: Scd2) -> Merged:
    wanted = [row for row in came if not is_deleted(row, how.hard_delete)]
    sent = {key_of(row, how.version) for row in wanted}
    told = {key_of(row, how.scope) for row in came if has_all(row, how.scope)}

    def ends(row: Row) -> bool:
        is_active = row[how.valid_to] == how.active
        return is_active and key_of(row, how.version) not in sent and key_of(row, how.scope) in told

    known = {key_of(row, how.version) for row in existing if row[how.valid_to] == how.active}
    new = [row for row in wanted if key_of(row, how.version) not in known]
    ended = tuple(row for row in existing if ends(row))
    return Merged(
        stay=tuple(row for row in existing if not ends(row)),
        go=ended,
        come=(
            *({**row, how.valid_to: how.at} for row in ended),
            *({**row, how.valid_from: how.at, how.valid_to: how.active} for row in new),
        ),
        applied=len(new),
    )
