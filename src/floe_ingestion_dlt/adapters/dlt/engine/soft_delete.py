"""The column that says which rows are gone in the source: in rows that are loaded, it is false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, final

import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.missing_keys import taken_column


def with_soft_delete(resource: DltResource, column: str | None, names: ColumnNames) -> DltResource:
    """*resource* with the *column*, if there is one; rows that have such a column themselves are refused."""
    if column is not None:
        resource.add_step(_Present(column, names))
    return resource


@final
class _Present(ItemTransform[object, dict[str, object]]):
    # After columns are changed and renamed, and before hints, which would be removed with the rows.
    placement_affinity: ClassVar[float] = 1.16

    def __init__(self, column: str, names: ColumnNames) -> None:
        super().__init__(lambda item: item)
        self._given, self._names = column, names
        self._column = names.in_table(column)
        self._known: set[tuple[str, ...]] = set()

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        return [*map(self._marked, item)] if isinstance(item, list) else self._marked(item)

    def _marked(self, item: object) -> object:
        match item:
            case pa.Table() | pa.RecordBatch():
                self._check(item.schema.names)
                return item.append_column(self._column, pa.repeat(pa.scalar(value=False), item.num_rows))
            case Mapping():
                self._check(map(str, item))
                return {**item, self._column: False}
            case _:
                return item

    def _check(self, columns: Iterable[str]) -> None:
        names = tuple(columns)
        if names in self._known:
            return
        if any(self._names.in_table(name).lower() == self._column.lower() for name in names):
            throw(taken_column(self._given))
        self._known.add(names)
