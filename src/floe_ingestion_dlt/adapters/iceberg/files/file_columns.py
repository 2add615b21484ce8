"""Finds the columns of a data file by their field ids, which do not change when columns are renamed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final

import pyarrow as pa
from pyiceberg.schema import Schema
from pyiceberg.types import IcebergType, ListType, MapType, NestedField, StructType

from floe_ingestion_dlt.adapters.arrow.fitting import FIELD_ID
from floe_ingestion_dlt.adapters.arrow.stubs import Field
from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.adapters.iceberg.types import from_iceberg
from floe_ingestion_dlt.domain.schema import Fixed, Scalar
from floe_ingestion_dlt.domain.wider_types import widened

UUID_BYTES: Final = Fixed(16)
ELEMENTS: Final = frozenset({"element", "key", "value"})


def leaf_ids(schema: pa.Schema) -> Iterator[int]:
    """The field ids of the file's leaf columns, in Parquet's order."""
    for field in schema:
        yield from _leaf_ids(field)


def places(schema: pa.Schema) -> dict[int, str]:
    """The paths of columns in the file by field id, with dots for fields of structs; without the insides of lists and maps."""
    return dict(_places((), schema))


def outdated(schema: Schema, file: pa.Schema, last_id: float = math.inf) -> str | None:
    """Why a file that was written for an earlier schema of its table must be rewritten; None if it need not be.

    A renamed column is found by its id. But an id after *last_id* was only planned, and may belong to another writer's column.
    """
    return next(_differences(schema.fields, file, last_id), None)


def _leaf_ids(field: Field) -> Iterator[int]:
    children = _children(field.type)
    if not children:
        yield _id(field)
    for child in children:
        yield from _leaf_ids(child)


def _places(path: tuple[str, ...], fields: Iterable[Field]) -> Iterator[tuple[int, str]]:
    for field in fields:
        here = (*path, field.name)
        yield _id(field), ".".join(here)
        if isinstance(field.type, pa.StructType):
            yield from _places(here, field.type)


def _differences(now: Iterable[NestedField], then: Iterable[Field], last_id: float) -> Iterator[str]:
    there = {_id(field): field for field in then}
    for field in now:
        found = there.pop(field.field_id, None)
        if field.required and (found is None or found.nullable):
            yield f"{field.name} must not be null any more"
        if found is None:
            continue
        if field.field_id > last_id and not _have_same_name(field, found):
            yield f"another writer added {field.name}"
        yield from _type_differences(field, found, last_id)
    yield from (f"column {field.name} was dropped" for field in there.values())


def _have_same_name(now: NestedField, then: Field) -> bool:
    """Whether both have the same name. The names of elements of lists and maps are ignored."""
    return now.name in ELEMENTS or now.name == then.name


def _type_differences(now: NestedField, then: Field, last_id: float) -> Iterator[str]:
    inner = _nested(now.field_type)
    if inner:
        yield from _differences(inner, _children(then.type), last_id)
        return
    has, had = from_iceberg(now.field_type), from_arrow(then.type)
    if widened(had, has) != has and (has, had) != (Scalar.UUID, UUID_BYTES):
        yield f"column {now.name} is {has} now, and was {had}"


def _nested(kind: IcebergType) -> tuple[NestedField, ...]:
    match kind:
        case StructType():
            return kind.fields
        case ListType():
            return (kind.element_field,)
        case MapType():
            return kind.key_field, kind.value_field
        case _:
            return ()


def _children(kind: pa.DataType) -> tuple[Field, ...]:
    if isinstance(kind, pa.StructType):
        return tuple(kind)
    if isinstance(kind, pa.MapType):
        return kind.key_field, kind.item_field
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        return (kind.value_field,)
    return ()


def _id(field: Field) -> int:
    return int((field.metadata or {})[FIELD_ID])
