"""Converts between Arrow's schemas and the domain's, and casts rows to a table's types, for every destination."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import pyarrow as pa
import pyarrow.types as at
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.fitting import Fitting, MisfitError, nothing
from floe_ingestion_dlt.adapters.arrow.stubs import Column as ColumnValues
from floe_ingestion_dlt.adapters.arrow.uuids import as_uuids, holds_uuids
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.schema import (
    NO_COLUMNS,
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
    TableSchema,
)

MAX_DECIMAL_PRECISION: Final = 38


class UnknownTypeError(Exception):
    """A type has no counterpart. It is caught at an adapter's edge."""


class NoTypeYetError(UnknownTypeError):
    """A type has no counterpart because no value was met yet."""


def schema_from_arrow(
    schema: pa.Schema, table: TableSchema = NO_COLUMNS
) -> Result[TableSchema, DestinationFailed]:
    """The columns that a *table* would get for an Arrow schema. Columns that have no type yet are left out."""
    columns: list[Column] = []
    known = table.types()
    for field in schema:
        try:
            columns.append(Column(field.name, _of_field(field, known.get(field.name))))
        except NoTypeYetError:
            continue
        except UnknownTypeError as unknown:
            return Failure(unsupported(field.name, str(unknown)))
    return Success(TableSchema(tuple(columns)))


def unsupported(column: str, kind: str) -> DestinationFailed:
    return DestinationFailed(
        f"column {column} has the type {kind}, which Iceberg tables of format version 2 cannot hold",
        Category.CONFIGURATION,
        f"Cast {column} in the source to a number, text, date or timestamp in microseconds.",
    )


def _of_field(field: pa.Field[pa.DataType], table: ColumnType | None) -> ColumnType:
    return Scalar.UUID if holds_uuids(field) else from_arrow(field.type, table)


def from_arrow(kind: pa.DataType, table: ColumnType | None = None) -> ColumnType:
    """Iceberg's type for an Arrow type; where that is null, it is the type that the *table* has there.

    Raises UnknownTypeError if values would change, and NoTypeYetError for null, and for lists and structs that have nothing else.
    """
    if isinstance(kind, pa.UuidType):
        return Scalar.UUID
    if at.is_null(kind):
        return _known(table)
    if at.is_dictionary(kind):
        return from_arrow(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return from_arrow(kind.storage_type, table)
    plain = next((scalar for fits, scalar in ARROW_KINDS if fits(kind)), None)
    return plain or _with_parameters(kind) or _nested(kind, table)


def _known(table: ColumnType | None) -> ColumnType:
    if table is None:
        raise NoTypeYetError(str(pa.null()))
    return table


def _with_parameters(kind: pa.DataType) -> ColumnType | None:
    if at.is_decimal(kind) and kind.precision <= MAX_DECIMAL_PRECISION and kind.scale >= 0:
        return Decimal(kind.precision, kind.scale)
    if at.is_fixed_size_binary(kind):
        return Fixed(kind.byte_width)
    if at.is_timestamp(kind):
        return Scalar.TIMESTAMP if kind.tz is None else Scalar.TIMESTAMPTZ
    return None


def _nested(kind: pa.DataType, table: ColumnType | None) -> ColumnType:
    if isinstance(kind, pa.MapType):
        known = table if isinstance(table, MapOf) else None
        key = from_arrow(kind.key_type, known and known.key)
        return MapOf(key, from_arrow(kind.item_type, known and known.value))
    if isinstance(kind, pa.ListType | pa.LargeListType | pa.FixedSizeListType):
        return ListOf(from_arrow(kind.value_type, table.element if isinstance(table, ListOf) else None))
    if isinstance(kind, pa.StructType) and kind.num_fields:
        return _struct(kind, {f.name: f.type for f in table.fields} if isinstance(table, StructOf) else {})
    raise UnknownTypeError(str(kind))


def _struct(kind: pa.StructType, table: Mapping[str, ColumnType]) -> StructOf:
    fields: list[Column] = []
    for field in kind:
        with suppress(NoTypeYetError):
            fields.append(Column(field.name, _of_field(field, table.get(field.name))))
    if not fields:
        raise NoTypeYetError(str(kind))
    return StructOf(tuple(fields))


ARROW_KINDS: Final[tuple[tuple[Callable[[pa.DataType], bool], Scalar], ...]] = (
    (at.is_boolean, Scalar.BOOLEAN),
    (at.is_int8, Scalar.INT),
    (at.is_int16, Scalar.INT),
    (at.is_int32, Scalar.INT),
    (at.is_uint8, Scalar.INT),
    (at.is_uint16, Scalar.INT),
    (at.is_integer, Scalar.LONG),  # an unsigned value beyond the signed 64 bits is refused when it is cast
    (at.is_float16, Scalar.FLOAT),
    (at.is_float32, Scalar.FLOAT),
    (at.is_float64, Scalar.DOUBLE),
    (at.is_date, Scalar.DATE),
    (at.is_time, Scalar.TIME),
    (at.is_string, Scalar.STRING),
    (at.is_large_string, Scalar.STRING),
    (at.is_string_view, Scalar.STRING),
    (at.is_binary, Scalar.BINARY),
    (at.is_large_binary, Scalar.BINARY),
    (at.is_binary_view, Scalar.BINARY),
)


def cast(rows: pa.Table, target: pa.Schema) -> pa.Table:
    """The columns of *rows*, in their order, with the names and types of *target*.

    Raises pyarrow.ArrowInvalid, with the column's name, if a value would change.
    """
    fitting = Fitting()
    columns: list[ColumnValues] = []
    for column, has, field in zip(rows.columns, rows.schema, target, strict=True):
        try:
            if isinstance(field.type, pa.UuidType) and not isinstance(column.type, pa.UuidType):
                column, has = as_uuids(column), has.with_type(field.type)  # noqa: PLW2901 - the same values
            chunks = [fitting.fitted(chunk, has, field) for chunk in column.chunks]
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            words = str(error) if isinstance(error, MisfitError) else "a value does not fit"
            raise MisfitError(f"column {field.name} ({column.type} to {field.type}): {words}") from error
        columns.append(pa.chunked_array(chunks, field.type))
    return pa.Table.from_arrays(columns, schema=target)


def nulls(rows: int, target: pa.Schema) -> pa.Table:
    """So many rows in which every column is null."""
    return pa.Table.from_arrays([nothing(rows, field) for field in target], schema=target)


def text_of(schema: TableSchema) -> str:
    """The schema as text: Arrow's own format in base64."""
    arrow = pa.schema([(column.name, to_arrow(column.type)) for column in schema.columns])
    return base64.b64encode(arrow.serialize()).decode()


def schema_from_text(text: str) -> TableSchema:
    """The schema that `text_of` has written."""
    return schema_from_arrow(pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))).unwrap()


def to_arrow(kind: ColumnType) -> pa.DataType:
    """Arrow's type for values of *kind*."""
    match kind:
        case Scalar():
            return SCALARS[kind]
        case Decimal(precision, scale):
            return pa.decimal128(precision, scale)
        case Fixed(length):
            return pa.binary(length)
        case ListOf(element):
            return pa.list_(to_arrow(element))
        case MapOf(key, value):
            return pa.map_(to_arrow(key), to_arrow(value))
        case StructOf(fields):
            return pa.struct([pa.field(field.name, to_arrow(field.type)) for field in fields])


SCALARS: Final[Mapping[Scalar, pa.DataType]] = {
    Scalar.BOOLEAN: pa.bool_(),
    Scalar.INT: pa.int32(),
    Scalar.LONG: pa.int64(),
    Scalar.FLOAT: pa.float32(),
    Scalar.DOUBLE: pa.float64(),
    Scalar.DATE: pa.date32(),
    Scalar.TIME: pa.time64("us"),
    Scalar.TIMESTAMP: pa.timestamp("us"),
    Scalar.TIMESTAMPTZ: pa.timestamp("us", "UTC"),
    Scalar.STRING: pa.string(),
    Scalar.BINARY: pa.binary(),
    Scalar.UUID: pa.uuid(),
}
