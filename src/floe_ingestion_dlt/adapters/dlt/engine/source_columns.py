"""Leaving out, masking and casting columns of a source before dlt stores its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.schema import ColumnType
from floe_ingestion_dlt.domain.source_columns import ColumnPlan, SourceColumns


@final
class ChangedColumns:
    """The changes of the columns that a load reads; a setting that names none of them is refused."""

    def __init__(self, settings: SourceColumns) -> None:
        self._settings = settings
        self._plans: dict[tuple[str, ...], Mapping[str, ColumnPlan]] = {}
        self._names: dict[str, None] = {}

    def of(self, resource: DltResource) -> DltResource:
        """*resource* with the changed columns."""
        if self._settings:
            resource.add_step(_ChangeStep(self))
        return resource

    def missing(self) -> SourceFailed | None:
        """Refuses settings for columns that no row had."""
        return self._settings.missing([*self._names]) if self._names else None

    def changed(self, item: object) -> object:
        """The row or Arrow table with the changed columns."""
        match item:
            case dict():
                plans = self._of(tuple(item))
                return {
                    name: self._settings.hashed(value) if plans[name].is_hashed else value
                    for name, value in item.items()
                    if not plans[name].is_dropped
                }
            case pa.Table():
                plans = self._of(tuple(item.schema.names))
                kept = [field for field in item.schema if not plans[field.name].is_dropped]
                columns = [self._column(field, item[field.name], plans[field.name]) for field in kept]
                fields = [
                    field if values.type == field.type else pa.field(field.name, values.type)
                    for field, values in zip(kept, columns, strict=True)
                ]
                return pa.Table.from_arrays(
                    columns, schema=pa.schema(fields).with_metadata(item.schema.metadata)
                )
            case pa.RecordBatch():
                return self.changed(pa.Table.from_batches([item]))
            case _:
                return item

    def _of(self, names: tuple[str, ...]) -> Mapping[str, ColumnPlan]:
        if names not in self._plans:
            self._names |= dict.fromkeys(names)
            self._plans[names] = self._settings.of(names)
        return self._plans[names]

    def _column(self, field: pa.Field[pa.DataType], values: Column, plan: ColumnPlan) -> Column:
        if plan.is_hashed:
            return pa.chunked_array([[*map(self._settings.hashed, values.to_pylist())]], pa.string())
        return values if plan.type is None else _cast(field.name, values, plan.type)


def _cast(name: str, values: Column, kind: ColumnType) -> Column:
    wanted = to_arrow(kind)
    try:
        return values if values.type == wanted else cast_exactly(values, wanted)
    except pa.ArrowException:
        # the exception shows a value
        cause = f"values of the column {quoted(name)}, which are {values.type}, cannot be cast to {kind} without a change"
        throw(SourceFailed(cause, Category.PERMANENT, f"Set another type in columns.{name}, such as string."))


@final
class _ChangeStep(ItemTransform[object, dict[str, object]]):
    # After dlt's incremental and windows, which need the source's columns, and before columns are renamed.
    placement_affinity: ClassVar[float] = 1.12

    def __init__(self, columns: ChangedColumns) -> None:
        super().__init__(lambda item: item)
        self._columns = columns

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        return [*map(self._columns.changed, item)] if isinstance(item, list) else self._columns.changed(item)
