"""What a table's properties say about its Parquet files."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, TypedDict

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.table import TableProperties

from floe_ingestion_dlt.adapters.arrow.sizes import rows_in_page
from floe_ingestion_dlt.adapters.arrow.stubs import Field

Codec: TypeAlias = Literal["gzip", "brotli", "lz4", "zstd", "snappy", "none"]

# The names of Iceberg's codecs in pyarrow. Others, which it cannot write, have no effect.
CODECS: Final[Mapping[str, Codec]] = {
    "zstd": "zstd",
    "snappy": "snappy",
    "gzip": "gzip",
    "brotli": "brotli",
    "lz4": "lz4",
    "uncompressed": "none",
}
# Iceberg's properties of Bloom filters that pyiceberg has no names for, or has by their beginning.
_FILTERED: Final = TableProperties.PARQUET_BLOOM_FILTER_COLUMN_ENABLED_PREFIX
_FILTER_SHARE: Final = "write.parquet.bloom-filter-fpp.column"
_FILTER_SHARE_DEFAULT: Final = 0.01
_LARGEST_FILTER: Final = TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES_DEFAULT
# Decimals of so many digits are stored as integers.
_INT_DIGITS: Final = 18
_HAS_BLOOM_FILTERS: Final = "bloom_filter_options" in inspect.signature(pq.ParquetWriter).parameters
DEFAULT_CODEC: Final[Codec] = "zstd"
# The names that a footer has for codecs.
_IN_FOOTERS: Final = {"none": "UNCOMPRESSED"}


class BloomFilter(TypedDict):
    """The number of distinct values, and the share of values that are found although they are not there."""

    ndv: int
    fpp: float


class WriterOptions(TypedDict, total=False):
    """Options of pyarrow's writer."""

    compression: Codec
    compression_level: int
    data_page_size: int
    write_batch_size: int
    dictionary_pagesize_limit: int
    write_page_index: bool
    bloom_filter_options: Mapping[str, BloomFilter]


def writer_options(
    properties: Mapping[str, str], columns: pa.Schema, first: pa.Table | None
) -> WriterOptions:
    """The options that *properties* set for a file with these *columns*, whose *first* row group is this one, if it has any.

    Numbers that are none, and codecs that pyarrow lacks, have no effect.
    """
    options = WriterOptions(compression=codec(properties), write_page_index=True)
    if first is not None:
        options["write_batch_size"] = rows_in_page([first])
    if filters := bloom_filters(properties, columns, 0 if first is None else len(first)):
        options["bloom_filter_options"] = filters
    level = number_in(properties, TableProperties.PARQUET_COMPRESSION_LEVEL)
    if level is not None and options["compression"] in {"zstd", "gzip", "brotli"}:
        options["compression_level"] = level
    if page := number_in(properties, TableProperties.PARQUET_PAGE_SIZE_BYTES):
        options["data_page_size"] = page
    if dictionary := number_in(properties, TableProperties.PARQUET_DICT_SIZE_BYTES):
        options["dictionary_pagesize_limit"] = dictionary
    return options


def bloom_filters(properties: Mapping[str, str], columns: pa.Schema, rows: int) -> dict[str, BloomFilter]:
    """The Bloom filters that *properties* set, each large enough for so many *rows*, or as large as it may be.

    Those of fields in structs, lists and maps, of booleans and of values that are stored in a fixed number of bytes (UUIDs, decimals of more than
    18 digits), and with a pyarrow before version 24 all of them, have no effect.
    """
    if not _HAS_BLOOM_FILTERS:
        return {}
    largest = number_in(properties, TableProperties.PARQUET_BLOOM_FILTER_MAX_BYTES) or _LARGEST_FILTER
    found = {}
    for field in columns:
        if _is_filtered(properties, field):
            share = _share(properties.get(f"{_FILTER_SHARE}.{field.name}", ""))
            # A block of the filter holds values with this many bits each: the formula of Parquet's specification.
            bits = -8 / math.log(1 - share ** (1 / 8))
            found[field.name] = BloomFilter(ndv=max(1, min(rows, int(largest * 8 / bits))), fpp=share)
    return found


def _is_filtered(properties: Mapping[str, str], field: Field) -> bool:
    """Whether the column has a Bloom filter in new files."""
    return is_true_in(properties, f"{_FILTERED}.{field.name}") and not _is_unfiltered(field.type)


def is_true_in(properties: Mapping[str, str], key: str) -> bool:
    """Whether the property is set, and true."""
    return properties.get(key, "").strip().lower() == "true"


def _is_unfiltered(kind: pa.DataType) -> bool:
    """Whether a filter cannot be written, or makes an engine lose rows: DuckDB hashes values of a fixed length differently from pyarrow."""
    is_fixed = pa.types.is_fixed_size_binary(kind) or (
        pa.types.is_decimal(kind) and kind.precision > _INT_DIGITS
    )
    return is_fixed or pa.types.is_nested(kind) or pa.types.is_boolean(kind)


def _share(text: str) -> float:
    try:
        given = float(text)
    except ValueError:
        return _FILTER_SHARE_DEFAULT
    return given if 0 < given < 1 else _FILTER_SHARE_DEFAULT


def group_limits(properties: Mapping[str, str], rows: int, size: int) -> tuple[int, int]:
    """The rows and bytes at which a row group is closed: those of the properties, else these."""
    return (
        number_in(properties, TableProperties.PARQUET_ROW_GROUP_LIMIT) or rows,
        number_in(properties, TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES) or size,
    )


def codec(properties: Mapping[str, str]) -> Codec:
    """The codec of new files, as pyarrow calls it."""
    return CODECS.get(properties.get(TableProperties.PARQUET_COMPRESSION, "").lower(), DEFAULT_CODEC)


def is_written_alike(footer: pq.FileMetaData, properties: Mapping[str, str]) -> bool:
    """Whether a file with this *footer* has the codec that is set, if one is, and nothing else is set that it may not have."""
    sizes = {
        TableProperties.PARQUET_COMPRESSION_LEVEL,
        TableProperties.PARQUET_PAGE_SIZE_BYTES,
        TableProperties.PARQUET_DICT_SIZE_BYTES,
        TableProperties.PARQUET_ROW_GROUP_LIMIT,
        TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES,
    }
    wants_filters = any(key.startswith(f"{_FILTERED}.") and is_true_in(properties, key) for key in properties)
    if sizes & properties.keys() or wants_filters:
        return False
    if TableProperties.PARQUET_COMPRESSION not in properties:
        return True
    wanted = codec(properties)
    groups = (footer.row_group(number) for number in range(footer.num_row_groups))
    found = {group.column(number).compression for group in groups for number in range(footer.num_columns)}
    return found <= {_IN_FOOTERS.get(wanted, wanted.upper())}


def number_in(properties: Mapping[str, str], key: str) -> int | None:
    """The number that the property has; None without one."""
    text = properties.get(key, "").strip()
    return int(text) if text.isdigit() else None
