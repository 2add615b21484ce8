"""Extends an Iceberg schema: fields that stay keep their ids, whatever their names are, and new fields get the next ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from pyiceberg.schema import Schema, index_by_id
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from floe_ingestion_dlt.adapters.iceberg.types import from_iceberg, to_field, to_iceberg
from floe_ingestion_dlt.domain.schema import Column, ColumnType, ListOf, MapOf, StructOf, TableSchema
from floe_ingestion_dlt.domain.wider_types import widened

NextId = Callable[[], int]


def grown(metadata: TableMetadata, wider: TableSchema) -> Schema:
    """The table's schema, extended by columns and wider types until it is *wider*.

    A column of a type that the present one cannot become is another column for Iceberg, and has an id of its own.
    """
    now, ids = metadata.schema(), count(metadata.last_column_id + 1)
    fields = _fields(now.fields, wider.columns, lambda: next(ids))
    newest = max(schema.schema_id for schema in metadata.schemas)
    return Schema(*fields, schema_id=newest + 1, identifier_field_ids=now.identifier_field_ids)


def replaceable_columns(metadata: TableMetadata) -> frozenset[str]:
    """The columns that may be dropped and added again in another type.

    Others must not be null, or have fields that identify rows, or by which the table is, or was, partitioned or sorted.
    """
    used = set(metadata.schema().identifier_field_ids)
    used |= {field.source_id for spec in metadata.partition_specs for field in spec.fields}
    used |= {field.source_id for order in metadata.sort_orders for field in order.fields}
    optional = (field for field in metadata.schema().fields if not field.required)
    return frozenset(field.name for field in optional if not used & index_by_id(StructType(field)).keys())


def _fields(
    now: tuple[NestedField, ...], wider: tuple[Column, ...], next_id: NextId
) -> Iterator[NestedField]:
    there = {field.name: field for field in now}
    for column in wider:
        field = there.get(column.name)
        if field is None or widened(from_iceberg(field.field_type), column.type) != column.type:
            yield to_field(column, next_id)
        else:
            yield field.model_copy(update={"field_type": _type(field.field_type, column.type, next_id)})


def _type(now: IcebergType, wider: ColumnType, next_id: NextId) -> IcebergType:
    match now, wider:
        case StructType(), StructOf(fields):
            return StructType(*_fields(now.fields, fields, next_id))
        case ListType(), ListOf(element):
            grown_element = _type(now.element_type, element, next_id)
            return ListType(now.element_id, grown_element, element_required=now.element_required)
        case MapType(), MapOf(_, value):
            grown_value = _type(now.value_type, value, next_id)
            return MapType(
                now.key_id, now.key_type, now.value_id, grown_value, value_required=now.value_required
            )
        case _:
            return now if from_iceberg(now) == wider else to_iceberg(wider, next_id)
