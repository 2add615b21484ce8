"""Rows and their keys: which rows have the same key, and which of them wins."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from floe_ingestion_dlt.domain.merge.flags import deletes
from floe_ingestion_dlt.domain.merge.sorting import DedupSort

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[Hashable, ...]

NAN: Final = "not a number"


def key_of(row: Row, columns: tuple[str, ...]) -> Key:
    """The row's values in *columns*, in a form that can be compared and hashed."""
    return tuple(_comparable(row[column]) for column in columns)


def _comparable(value: object) -> Hashable:
    """The value in a form that Python can compare and hash: lists and mappings are not hashable, and nan is not equal to itself."""
    if isinstance(value, float) and math.isnan(value):
        return NAN
    if isinstance(value, Mapping):
        return tuple((name, _comparable(inner)) for name, inner in value.items())
    return tuple(map(_comparable, value)) if isinstance(value, list) else value


def has_all(row: Row, columns: tuple[str, ...]) -> bool:
    """Whether the row has a value in each of *columns*."""
    return all(row[column] is not None for column in columns)


def is_deleted(row: Row, flag_column: str | None) -> bool:
    """Whether the row is marked as deleted."""
    return flag_column is not None and deletes(row[flag_column]) is True


def winners(incoming: Sequence[Row], key: tuple[str, ...], sort: DedupSort | None) -> tuple[Row, ...]:
    """One row for each key: the first by the sort column, or else the last of the load. Without a key, all rows."""
    if not key:
        return tuple(incoming)
    best: dict[Key, Row] = {}
    for row in incoming:
        values = key_of(row, key)
        if values not in best or sort is None or not sort.loses(row[sort.column], best[values][sort.column]):
            best[values] = row
    return tuple(best.values())
