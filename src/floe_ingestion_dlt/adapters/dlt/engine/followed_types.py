"""Columns that get the type of their values in the source, because a load replaces all rows of their table.

Values without a type of their own are read in the table's types first. If one does not fit, its column is read in the source's type.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, final

import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.adapters.dlt.engine.expected_types import set_types
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.contracts import other_types
from floe_ingestion_dlt.domain.faults import ColumnTypesChanged
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.schema import Column, ColumnType, TableSchema, variant_of
from floe_ingestion_dlt.ports.source import TypeOf

NO_NAMES: Final[frozenset[str]] = frozenset()


@final
class FollowedTypes:
    """The types of the table's columns for a source that asks for them; a value that does not fit raises ColumnTypesChanged.

    Columns that are *replaceable* follow the source. Those that are *freed* have no type for it.
    """

    def __init__(
        self, plan: LoadPlan, names: ColumnNames, replaceable: Collection[str], freed: Collection[str]
    ) -> None:
        self._table, self._names, self._freed = plan.table, names, freed
        may_change = set(replaceable) - set_types(plan.columns, names).keys()
        self._replaceable = may_change if plan.follows_source else NO_NAMES
        self._asked: dict[str, ColumnType | None] = {}

    def of_table(self, types: TypeOf) -> TypeOf:
        """The *types* without those of columns that are freed."""

        def type_of(column: str) -> ColumnType | None:
            found = None if self._names.in_table(column) in self._freed else types(column)
            self._asked[column] = found
            return found

        return type_of

    def checked(self, resource: DltResource) -> DltResource:
        """*resource*, whose Arrow tables are checked."""
        if self._replaceable:
            resource.add_step(_CheckStep(self))
        return resource

    def check(self, schema: pa.Schema) -> None:
        """Raise ColumnTypesChanged if an Arrow table with this *schema* has values that do not fit into the table's types."""
        types = {name: kind for name, kind in self._asked.items() if kind is not None}
        if not types:
            return
        sent = [Column(field.name, kind) for field in schema if (kind := _type(field, types)) is not None]
        changed = {*other_types(types, [TableSchema(tuple(sent))]), *self._beside(schema.names, types)}
        found = sorted({self._names.in_table(name) for name in changed} & self._replaceable)
        if found:
            throw(ColumnTypesChanged(str(self._table), tuple(found)))

    def _beside(self, names: Collection[str], types: Mapping[str, ColumnType]) -> set[str]:
        """The columns whose unfit values the source has put into columns of its own."""
        made = [name for name in names if name not in self._asked]
        return {variant_of(name) for name in made} & types.keys()


@final
class _CheckStep(ItemTransform[object, dict[str, object]]):
    def __init__(self, types: FollowedTypes) -> None:
        super().__init__(lambda item: item)
        self._types = types

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        for each in item if isinstance(item, list) else [item]:
            if isinstance(each, pa.Table | pa.RecordBatch):
                self._types.check(each.schema)
        return item


def _type(field: pa.Field[pa.DataType], types: Mapping[str, ColumnType]) -> ColumnType | None:
    is_null = pa.types.is_null(field.type)
    return None if is_null or field.name not in types else from_arrow(field.type)
