"""Refusing rows and tables in which two names become one column: dlt would keep the last value of a row, and silently drop the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import ClassVar, TypeAlias, TypeVar, final

import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_column
from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.source_columns import SourceColumns

ItemT = TypeVar("ItemT")
_FaultOf: TypeAlias = Callable[[str, list[str]], SourceFailed]


def with_names_of_table(resource: DltResource, names: ColumnNames, settings: SourceColumns) -> DltResource:
    """A copy of *resource* whose Arrow tables have the names of the table's columns; rows get them when dlt flattens them.

    A row or an Arrow table in which two names are one column is refused. Keys that meet only when nested objects are flattened are
    refused by `exact_normalizer`.
    """
    copied = resource.with_name(resource.name)
    copied.add_map(_Checked(names, settings)).add_step(_Renamed(names))
    return copied


class _Checked:
    """Raises for a row or an Arrow table in which two names become one column; each set of names is checked once."""

    def __init__(self, names: ColumnNames, settings: SourceColumns) -> None:
        self._names = names
        self._settings = settings
        self._known: set[tuple[str, ...]] = set()

    def __call__(self, item: ItemT) -> ItemT:
        if isinstance(item, dict):
            self._check(tuple(item), self._of_key, same_column)
        elif isinstance(item, pa.Table | pa.RecordBatch):
            # two underscores are kept in the names of columns that are columns already
            self._check(tuple(item.schema.names), self._names.in_table, _same_name)
        return item

    def _of_key(self, key: str) -> str:
        return self._names.in_table(NamingConvention().normalize_identifier(key))

    def _check(self, names: tuple[str, ...], column_of: Callable[[str], str], fault: _FaultOf) -> None:
        if names in self._known:
            return
        by_column: defaultdict[str, list[str]] = defaultdict(list)
        plans = self._settings.of(names) if self._settings else {}
        for name in (name for name in names if name not in plans or not plans[name].is_dropped):
            # engines that know no case see one column
            by_column[_column(name, column_of).lower()].append(name)
        for same in by_column.values():
            if len(same) > 1:
                throw(fault(column_of(same[0]), same))
        self._known.add(names)


@final
class _Renamed(ItemTransform[object, dict[str, object]]):
    """Renames the columns of Arrow tables."""

    # After dlt's incremental and windows, which know the names of the source, and before hints.
    placement_affinity: ClassVar[float] = 1.15

    def __init__(self, names: ColumnNames) -> None:
        super().__init__(lambda item: item)
        self._names = names
        self._is_plain = names.is_plain

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        return [*map(self._renamed, item)] if isinstance(item, list) else self._renamed(item)

    def _renamed(self, item: object) -> object:
        if self._is_plain or not isinstance(item, pa.Table | pa.RecordBatch):
            return item
        return item.rename_columns([*map(self._names.in_table, item.schema.names)])


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
