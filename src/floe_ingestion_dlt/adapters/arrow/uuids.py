"""Recognises and converts uuids in other types: text in the usual form, and sixteen bytes."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.arrow.parquet_rows import batches_in
from floe_ingestion_dlt.adapters.arrow.stubs import Column as Values
from floe_ingestion_dlt.domain.schema import Column, ColumnType, Fixed, Scalar, TableSchema

TEXT: Final = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
BYTES: Final = 16
FORMS: Final[frozenset[ColumnType]] = frozenset({Scalar.STRING, Scalar.BINARY, Fixed(BYTES)})


# Says in a field's metadata that its bytes are uuids: dlt has no type for these.
MARK: Final[dict[bytes | str, bytes | str]] = {b"floe.type": b"uuid"}


def with_mark(field: pa.Field[pa.DataType]) -> pa.Field[pa.DataType]:
    """The field of uuids as one of sixteen bytes, which `holds_uuids` recognises."""
    return field.with_type(pa.binary(BYTES)).with_metadata(MARK)


def holds_uuids(field: pa.Field[pa.DataType]) -> bool:
    """Whether a field has uuids, or sixteen bytes that are marked as such."""
    is_marked = MARK.items() <= (field.metadata or {}).items() and field.type == pa.binary(BYTES)
    return is_marked or isinstance(field.type, pa.UuidType)


def with_uuids(parquet: pq.ParquetFile, columns: TableSchema, table: TableSchema) -> TableSchema:
    """The *columns* of a file. A column is of uuids if it is so in the *table* and has no other values."""
    schema = columns
    for column in columns.columns:
        if table.type_of(column.name) is Scalar.UUID and column.type in FORMS and _are(parquet, column.name):
            schema = schema.with_column(Column(column.name, Scalar.UUID))
    return schema


def as_uuids(values: Values) -> Values:
    """The values as Arrow's uuids. Raises pyarrow.ArrowInvalid if a value is not a uuid."""
    plain = _plain(values)
    if pa.types.is_string(plain.type):
        parsed = [
            None if text is None else bytes.fromhex(text.replace("-", "")) for text in plain.to_pylist()
        ]
        return pa.chunked_array([pa.array(parsed, pa.binary(BYTES))]).cast(pa.uuid())
    return plain.cast(pa.binary(BYTES)).cast(pa.uuid())


def _are(parquet: pq.ParquetFile, name: str) -> bool:
    return all(_hold(pa.chunked_array([batch.column(0)])) for batch in batches_in(parquet, [name]))


def _hold(values: Values) -> bool:
    plain = _plain(values)
    fits = (
        pc.match_substring_regex(plain, TEXT)
        if pa.types.is_string(plain.type)
        else pc.equal(pc.binary_length(plain), pa.scalar(BYTES, pa.int32()))
    )
    return pc.all(fits, skip_nulls=True).as_py() is not False


def _plain(values: Values) -> Values:
    """Text as Arrow's string type and bytes as its binary type, from any of Arrow's variants."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return values.cast(pa.string()) if is_text else values.cast(pa.binary())
