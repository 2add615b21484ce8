"""Which Parquet files are loaded as they are: writing rows takes longer than reading them.

Their rows are read nevertheless, so that a damaged file or a wrong footer is found before its rows are in a table.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types as at

from floe_ingestion_dlt.adapters.sources.filesystem.files import OpenFile
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_files import ParquetReader
from floe_ingestion_dlt.adapters.sources.filesystem.parquet_statistics import (
    GroupFacts,
    are_counted,
    repeats_few_texts,
)
from floe_ingestion_dlt.ports.source import Copies, ParquetCopy

# Rows of smaller files are better written into one file.
SMALLEST_BYTES: Final = 16 << 20
# A reader holds a row group in memory.
MOST_GROUP_BYTES: Final = 256 << 20
COPY_BYTES: Final = 8 << 20
# What every engine reads.
CODECS: Final = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})
ENCODINGS: Final = frozenset({"PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY"})
# How types are stored in files that Iceberg allows: the physical and the logical type. Source: Iceberg's specification, appendix A.
STORED: Final[tuple[tuple[Callable[[pa.DataType], bool], frozenset[str], frozenset[str]], ...]] = (
    (at.is_boolean, frozenset({"BOOLEAN"}), frozenset({"NONE"})),
    (at.is_int32, frozenset({"INT32"}), frozenset({"NONE", "INT"})),
    (at.is_int64, frozenset({"INT64"}), frozenset({"NONE", "INT"})),
    (at.is_float32, frozenset({"FLOAT"}), frozenset({"NONE"})),
    (at.is_float64, frozenset({"DOUBLE"}), frozenset({"NONE"})),
    (at.is_date32, frozenset({"INT32"}), frozenset({"DATE"})),
    (at.is_string, frozenset({"BYTE_ARRAY"}), frozenset({"STRING"})),
    (at.is_large_string, frozenset({"BYTE_ARRAY"}), frozenset({"STRING"})),
    (at.is_string_view, frozenset({"BYTE_ARRAY"}), frozenset({"STRING"})),
    (at.is_binary, frozenset({"BYTE_ARRAY"}), frozenset({"NONE"})),
    (
        at.is_decimal128,
        frozenset({"INT32", "INT64", "FIXED_LEN_BYTE_ARRAY"}),
        frozenset({"DECIMAL"}),
    ),
    (
        lambda kind: at.is_timestamp(kind) and kind.unit == "us",
        frozenset({"INT64"}),
        frozenset({"TIMESTAMP"}),
    ),
)


def copied(reader: ParquetReader, open_file: OpenFile, path: str, copies: Copies) -> ParquetCopy | None:
    """A copy of the file, if it can be loaded as it is; None if its rows have to be written anew.

    Raises SourceError if the rows cannot be read.
    """
    if not reader.reads_all or not _is_usual(*reader.footer(open_file, path), copies):
        return None
    copy = copies.folder / f"{uuid.uuid4()}.parquet"

    def open_copy() -> BinaryIO:
        return copy.open("rb")

    try:
        with open_file() as source, copy.open("xb") as target:
            shutil.copyfileobj(source, target, COPY_BYTES)
        rows = _counted(reader, open_copy, path)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    columns = reader.without_rows(open_copy, path)
    if rows and columns is not None:
        return ParquetCopy(copy, columns, rows)
    copy.unlink()
    return None


def _counted(reader: ParquetReader, open_file: OpenFile, path: str) -> int | None:
    """The number of rows, all of which are read; None if what the footer says of them is wrong."""
    footer, columns = reader.footer(open_file, path)
    rows: dict[int, int] = {}
    for number, batches in groupby(reader.by_group(open_file, path, _with_few_texts(footer)), itemgetter(0)):
        facts = GroupFacts(columns, footer.row_group(number))
        for _, batch in batches:
            facts.add(batch)
        if not facts.agree():
            return None
        rows[number] = facts.rows
    # a row group without rows has no batches
    others = (
        GroupFacts(columns, group) for number, group in enumerate(_groups(footer)) if number not in rows
    )
    return sum(rows.values()) if all(facts.agree() for facts in others) else None


def _with_few_texts(footer: pq.FileMetaData) -> list[str]:
    """The columns of which each row group has few texts."""
    chunks = zip(
        *([group.column(index) for index in range(group.num_columns)] for group in _groups(footer)),
        strict=True,
    )
    return [of_groups[0].path_in_schema for of_groups in chunks if all(map(repeats_few_texts, of_groups))]


def _is_usual(footer: pq.FileMetaData, columns: pa.Schema, copies: Copies) -> bool:
    """Whether all engines read the file as what it is, and its rows are not better written into another one."""
    return (
        footer.num_columns == len(columns)
        and all(map(copies.keeps, columns.names))
        and all(map(_is_stored_so, columns, _leaves(footer)))
        and all(map(_is_read_everywhere, _groups(footer)))
    )


def _is_stored_so(field: pa.Field[pa.DataType], leaf: pq.ColumnSchema) -> bool:
    """Whether a plain column is stored as Iceberg stores the values of its type."""
    stored = (leaf.physical_type, leaf.logical_type.type)
    return leaf.max_repetition_level == 0 and any(
        is_kind(field.type) and stored[0] in physical and stored[1] in logical
        for is_kind, physical, logical in STORED
    )


def _is_read_everywhere(group: pq.RowGroupMetaData) -> bool:
    chunks = [group.column(index) for index in range(group.num_columns)]
    return group.total_byte_size <= MOST_GROUP_BYTES and all(
        chunk.compression in CODECS and ENCODINGS.issuperset(chunk.encodings) and are_counted(chunk)
        for chunk in chunks
    )


def _leaves(footer: pq.FileMetaData) -> Iterator[pq.ColumnSchema]:
    return (footer.schema.column(index) for index in range(footer.num_columns))


def _groups(footer: pq.FileMetaData) -> Iterator[pq.RowGroupMetaData]:
    return (footer.row_group(number) for number in range(footer.num_row_groups))
