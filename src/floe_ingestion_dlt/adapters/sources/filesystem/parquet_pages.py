"""The headers of a Parquet file's pages, read before the pages are unpacked.

The footer cannot be trusted. Each page is unpacked in one piece, and one value of a dictionary may be in every row: so
the headers decide how many rows are decoded at once, and a page that is too large is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, final

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.arrow.parquet_rows import leaves_of
from floe_ingestion_dlt.domain.file_limits import FREE_BYTES, FileLimits, OverLimit

BATCH_ROWS: Final = 65_536
# Larger than any page that a writer makes of many values.
PAGE_BYTES: Final = 2 * FREE_BYTES
# The size of a column in a batch in which every value may be the largest of its dictionary.
SMALL_DICTIONARY: Final = 4 << 20
LIST_BYTES: Final = 4 * FREE_BYTES
# A page, and a row with its lists, is in memory as a whole, so these may expand less than a file.
WHOLE_SHARE: Final = 40
# Old writers counted too few bytes: so many may follow the last page.
PADDING: Final = 128

# The numbers and structs of a page's header, by the ids of their fields.
Header: TypeAlias = "dict[int, int | Header | None]"

KIND: Final = 1
UNPACKED: Final = 2
STORED: Final = 3
DATA: Final = 5
DATA_V2: Final = 8
DICTIONARY_PAGE: Final = 2
INDEX_PAGE: Final = 1
DICTIONARY_ENCODINGS: Final = frozenset({2, 8})
DELTA_BYTE_ARRAY: Final = 7
_WIDTHS: Final = {"BOOLEAN": 1, "INT32": 8, "INT64": 8, "INT96": 12, "FLOAT": 4, "DOUBLE": 8}
_OFFSET: Final = 4
_LENGTH: Final = struct.Struct("<I")
_DEEPEST: Final = 16
# A number has seven bits in each byte, and the eighth says that more follow.
MORE: Final = 0x80
LONGEST_SHIFT: Final = 70
_CODECS: Final[Mapping[str, Literal["snappy", "gzip", "brotli", "zstd"]]] = {
    "SNAPPY": "snappy",
    "GZIP": "gzip",
    "BROTLI": "brotli",
    "ZSTD": "zstd",
}


class TooManyRowsError(Exception):
    """A batch of so many rows would be too large; *rows* are few enough."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class TooLargeError(Exception):
    """A page or a list is larger than may be unpacked."""

    def __init__(self, column: str, over: OverLimit) -> None:
        super().__init__(column, over)
        self.column, self.over = column, over


class BrokenPageError(ValueError):
    """The bytes are no page."""


@final
class Pages:
    """Checks the column chunks of a file when they are read, in batches of no more than *batch_bytes*."""

    def __init__(
        self, metadata: pq.FileMetaData, limits: FileLimits, columns: Sequence[str] | None, batch_bytes: int
    ) -> None:
        self._metadata, self._limits, self._batch_bytes = metadata, limits, batch_bytes
        self._leaves = leaves_of(metadata, columns)
        self._group = self._next = self._rows = 0
        self._row_bytes = 0.0

    def expect(self, group: int, rows: int) -> None:
        """Expect the chunks of a row group, of which so many *rows* are decoded at once."""
        self._group, self._next, self._rows, self._row_bytes = group, 0, rows, 0.0

    def look(self, start: int, data: bytes) -> None:
        """Raise for bytes that must not be decoded, or not in batches of so many rows."""
        group = self._metadata.row_group(self._group)
        # pyarrow has read this column's part of the footer; reading another part that is damaged would kill the process.
        leaves = [*self._leaves[self._next :], *self._leaves[: self._next]]
        columns = ((index, group.column(index)) for index in leaves)
        index, chunk = next((found for found in columns if _start_of(found[1]) == start), (0, None))
        if chunk is None:
            raise BrokenPageError("what is read is no column")
        self._next = self._leaves.index(index) + 1
        column = self._metadata.schema.column(index)
        group_rows = max(1, group.num_rows)
        seen = _Chunk(column, chunk.compression, chunk.path_in_schema, self._limits)
        seen.walk(data)
        per_row = seen.values_bytes if not column.max_repetition_level else self._of_lists(seen, group_rows)
        self._row_bytes += per_row
        rows = min(self._rows, group_rows)
        if rows > 1 and self._row_bytes * rows > self._batch_bytes:
            # half of the possible number, because other columns follow
            raise TooManyRowsError(max(1, min(rows // 2, int(self._batch_bytes / self._row_bytes / 2))))

    def _of_lists(self, seen: _Chunk, rows: int) -> float:
        """The mean bytes of a row with lists; one row may have them all."""
        size = int(seen.values * seen.values_bytes)
        allowed = max(LIST_BYTES, seen.size * self._limits.max_expansion // WHOLE_SHARE)
        if size > allowed:
            found = f"{seen.size:,} bytes become lists of {seen.values:,} values"
            raise TooLargeError(seen.path, OverLimit(found, self._limits.max_expansion, "max_expansion"))
        return size / rows


@dataclass(slots=True)
class _Chunk:
    """The pages of one column in one row group: their number of values, and the largest size of one."""

    column: pq.ColumnSchema
    codec: str
    path: str
    limits: FileLimits
    values: int = 0
    values_bytes: float = 1.0
    size: int = 0
    _longest: int = 0

    def walk(self, data: bytes) -> None:
        self.size, at = len(data), 0
        while at < len(data):
            try:
                header, at = _header(data, at)
            except (BrokenPageError, IndexError) as error:
                if len(data) - at <= PADDING:
                    return
                raise BrokenPageError("a page has no header") from error
            stored = _number(header, STORED)
            self._check_size(stored, _number(header, UNPACKED))
            self._count(header, data[at : at + stored] if header.get(KIND) == DICTIONARY_PAGE else b"")
            at += stored

    def _check_size(self, stored: int, unpacked: int) -> None:
        if unpacked > max(PAGE_BYTES, stored * self.limits.max_expansion // WHOLE_SHARE):
            found = f"{stored:,} bytes become a page of {unpacked:,}"
            raise TooLargeError(self.path, OverLimit(found, self.limits.max_expansion, "max_expansion"))

    def _count(self, header: Header, dictionary: bytes) -> None:
        unpacked = _number(header, UNPACKED)
        if header.get(KIND) == DICTIONARY_PAGE:
            self._longest = self._longest_in(dictionary, unpacked)
            return
        about = header.get(DATA) or header.get(DATA_V2)
        if header.get(KIND) == INDEX_PAGE or about is None:
            return
        if not isinstance(about, dict):
            raise BrokenPageError("a page has no header of its kind")
        encoding = about.get(2) if DATA in header else about.get(4)
        values = about.get(1)
        if not isinstance(values, int) or values < 0:
            raise BrokenPageError("a page has no number of values")
        self.values += values
        self.values_bytes = max(self.values_bytes, self._width(encoding, unpacked, values))

    def _width(self, encoding: object, unpacked: int, values: int) -> float:
        if self.column.physical_type == "FIXED_LEN_BYTE_ARRAY":
            return float(max(1, self.column.length or 1))
        if self.column.physical_type != "BYTE_ARRAY":
            return _WIDTHS.get(self.column.physical_type, 8)
        if encoding in DICTIONARY_ENCODINGS:
            return _OFFSET + self._longest
        # A value may repeat any part of the previous one.
        return _OFFSET + (unpacked if encoding == DELTA_BYTE_ARRAY else unpacked / max(1, values))

    def _longest_in(self, page: bytes, unpacked: int) -> int:
        """The size of the longest value in a dictionary, or the page's size if that is small enough."""
        if self.column.physical_type != "BYTE_ARRAY" or unpacked * BATCH_ROWS <= SMALL_DICTIONARY:
            return unpacked
        if self.codec != "UNCOMPRESSED":
            if self.codec not in _CODECS:
                return unpacked
            with suppress(pa.ArrowException, OSError):
                page = pa.decompress(page, unpacked, _CODECS[self.codec], asbytes=True)
        return _longest_text(page)


def _longest_text(page: bytes) -> int:
    """The longest of texts that each follow their length."""
    longest = at = 0
    last, length_at = len(page) - _LENGTH.size, _LENGTH.unpack_from
    while at <= last:
        (length,) = length_at(page, at)
        if length > longest:  # noqa: PLR1730 - max() takes longer, and there may be many
            longest = length
        at += 4 + length
    return min(longest, len(page))


def _start_of(chunk: pq.ColumnChunkMetaData) -> int:
    """The offset at which pyarrow begins to read a chunk."""
    first = chunk.data_page_offset
    dictionary = chunk.dictionary_page_offset if chunk.has_dictionary_page else None
    return dictionary if dictionary and 0 < dictionary < first else first


def _header(data: bytes, at: int) -> tuple[Header, int]:
    """The header of a page, and the offset of the page."""
    header, at = _struct(data, at)
    if not 0 <= _number(header, STORED) <= len(data) - at or _number(header, UNPACKED) < 0:
        raise BrokenPageError("a page has no such size")
    return header, at


def _number(header: Header, field: int) -> int:
    found = header.get(field)
    if not isinstance(found, int):
        raise BrokenPageError("a header lacks a number")
    return found


def _struct(data: bytes, at: int, depth: int = 0) -> tuple[Header, int]:
    """The numbers and structs in a struct of Thrift's compact protocol, by their ids, and the offset after it."""
    found: Header = {}
    number = 0
    while True:
        head = data[at]
        at += 1
        if not head:
            return found, at
        kind = head & 0x0F
        if head >> 4:
            number += head >> 4
        else:
            value, at = _varint(data, at)
            number = _signed(value)
        found[number], at = _value(data, at, kind, depth)


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[int | Header | None, int]:
    match kind:
        case 1 | 2:
            return kind == 1, at
        case 3:
            return None, at + 1
        case 4 | 5 | 6:
            value, at = _varint(data, at)
            return _signed(value), at
        case 7:
            return None, at + 8
        case 8:
            length, at = _varint(data, at)
            return None, at + length
        case 12 if depth < _DEEPEST:
            return _struct(data, at, depth + 1)
        case _:
            raise BrokenPageError("a header has what no header has")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < LONGEST_SHIFT:
        byte = data[at]
        at += 1
        value |= (byte & (MORE - 1)) << shift
        if byte < MORE:
            return value, at
        shift += 7
    raise BrokenPageError("a number does not end")


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
