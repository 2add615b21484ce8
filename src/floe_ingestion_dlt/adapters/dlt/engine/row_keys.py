"""Refusing rows and tables in which two names become one column: dlt would keep the last value of a row, and silently drop the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

import pyarrow as pa
from dlt.extract import DltResource, DltSource

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_column
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import quoted

ItemT = TypeVar("ItemT")
_FaultOf: TypeAlias = Callable[[str, list[str]], SourceFailed]


class Naming(Protocol):
    """How names become names of columns."""

    def normalize_identifier(self, identifier: str) -> str:
        """The column of a key."""
        ...

    def normalize_path(self, path: str) -> str:
        """The column of a column that dlt does not unfold."""
        ...


def with_distinct_keys(data: DltSource | DltResource, naming: Naming) -> DltSource | DltResource:
    """A copy of *data* that refuses rows and Arrow tables in which the *naming* gives two keys or columns one name.

    Keys that meet only when nested objects are flattened are refused by `exact_normalizer`.
    """
    if isinstance(data, DltSource):
        source = data.clone()
        for resource in source.selected_resources.values():
            resource.add_map(_Checked(naming))
        return source
    return data.with_name(data.name).add_map(_Checked(naming))


class _Checked:
    """Raises for a row or an Arrow table in which two names become one column; each set of names is checked once."""

    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._known: set[tuple[str, ...]] = set()

    def __call__(self, item: ItemT) -> ItemT:
        if isinstance(item, dict):
            self._check(tuple(item), self._naming.normalize_identifier, same_column)
        elif isinstance(item, pa.Table | pa.RecordBatch):
            # dlt keeps two underscores in the names of columns that are columns already
            self._check(tuple(item.schema.names), self._naming.normalize_path, _same_name)
        return item

    def _check(self, names: tuple[str, ...], column_of: Callable[[str], str], fault: _FaultOf) -> None:
        if names in self._known:
            return
        by_column: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            by_column[_column(name, column_of)].append(name)
        for column, same in by_column.items():
            if len(same) > 1:
                throw(fault(column, same))
        self._known.add(names)


def _column(name: str, column_of: Callable[[str], str]) -> str:
    if not name.strip():
        step = "Give each column and each key a name in the source."
        throw(SourceFailed(f"the source has a column without a name, {name!r}", Category.PERMANENT, step))
    return column_of(name)


def _same_name(column: str, names: list[str]) -> SourceFailed:
    return SourceFailed(
        f"the source has the columns {', '.join(map(quoted, names))}, which all become the column {column}",
        Category.PERMANENT,
        "Rename all but one of them: for CSV files in reader_options.column_names, in a query by AS, else in the source or in its folders' names.",
    )
