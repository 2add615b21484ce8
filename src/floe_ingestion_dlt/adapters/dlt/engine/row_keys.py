"""Refusing rows in which two keys become one column: dlt would keep the last value, and silently drop the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from dlt.extract import DltResource, DltSource

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_column
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw

ItemT = TypeVar("ItemT")


def with_distinct_keys(
    data: DltSource | DltResource, column_of: Callable[[str], str]
) -> DltSource | DltResource:
    """A copy of *data* that refuses rows in which *column_of* gives two keys one name; Arrow tables are not checked.

    Keys that meet only when nested objects are flattened are refused by `exact_normalizer`.
    """
    if isinstance(data, DltSource):
        source = data.clone()
        for resource in source.selected_resources.values():
            resource.add_map(_Checked(column_of))
        return source
    return data.with_name(data.name).add_map(_Checked(column_of))


class _Checked:
    """Raises for a row in which two keys become one column; each set of keys is checked once."""

    def __init__(self, column_of: Callable[[str], str]) -> None:
        self._column_of = column_of
        self._known: set[tuple[str, ...]] = set()

    def __call__(self, row: ItemT) -> ItemT:
        if isinstance(row, dict):
            keys = tuple(row)
            if keys not in self._known:
                self._check(keys)
                self._known.add(keys)
        return row

    def _check(self, keys: tuple[str, ...]) -> None:
        by_column: defaultdict[str, list[str]] = defaultdict(list)
        for key in keys:
            by_column[self._column_of(key)].append(key)
        for column, same in by_column.items():
            if len(same) > 1:
                throw(same_column(column, same))
