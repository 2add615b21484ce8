"""What a table's properties say about its Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, TypedDict

import pyarrow.parquet as pq
from pyiceberg.table import TableProperties

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
DEFAULT_CODEC: Final[Codec] = "zstd"
# The names that a footer has for codecs.
_IN_FOOTERS: Final = {"none": "UNCOMPRESSED"}


class WriterOptions(TypedDict, total=False):
    """Options of pyarrow's writer."""

    compression: Codec
    compression_level: int
    data_page_size: int
    dictionary_pagesize_limit: int


def writer_options(properties: Mapping[str, str]) -> WriterOptions:
    """The options that *properties* set; numbers that are none, and codecs that pyarrow lacks, have no effect."""
    options = WriterOptions(compression=codec(properties))
    level = _number(properties, TableProperties.PARQUET_COMPRESSION_LEVEL)
    if level is not None and options["compression"] in {"zstd", "gzip", "brotli"}:
        options["compression_level"] = level
    if page := _number(properties, TableProperties.PARQUET_PAGE_SIZE_BYTES):
        options["data_page_size"] = page
    if dictionary := _number(properties, TableProperties.PARQUET_DICT_SIZE_BYTES):
        options["dictionary_pagesize_limit"] = dictionary
    return options


def group_limits(properties: Mapping[str, str], rows: int, size: int) -> tuple[int, int]:
    """The rows and bytes at which a row group is closed: those of the properties, else these."""
    return (
        _number(properties, TableProperties.PARQUET_ROW_GROUP_LIMIT) or rows,
        _number(properties, TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES) or size,
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
    if sizes & properties.keys():
        return False
    if TableProperties.PARQUET_COMPRESSION not in properties:
        return True
    wanted = codec(properties)
    groups = (footer.row_group(number) for number in range(footer.num_row_groups))
    found = {group.column(number).compression for group in groups for number in range(footer.num_columns)}
    return found <= {_IN_FOOTERS.get(wanted, wanted.upper())}


def _number(properties: Mapping[str, str], key: str) -> int | None:
    text = properties.get(key, "").strip()
    return int(text) if text.isdigit() else None
