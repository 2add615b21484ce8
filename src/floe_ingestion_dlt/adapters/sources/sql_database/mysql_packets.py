"""Rows of MySQL's protocol, each a packet of texts with their lengths: a "Text Resultset Row"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias, final

from floe_ingestion_dlt.adapters.sources.sql_database.settings import VALUE_BYTES

# What stands in the place of a text's length: a null, or how many bytes have the length of a longer one.
_NULL: Final = 251
_LENGTHS: Final = {252: 2, 253: 3, 254: 8}
# A column of texts as the server sent them.
Sent: TypeAlias = "list[bytes | None]"


@final
class UnreadableRowError(ValueError):
    """A row does not have the columns of the result."""


def next_columns(
    rows: Iterator[bytes], count: int, most_rows: int, most_bytes: int
) -> tuple[list[Sent], bool]:
    """The columns, so many, of the next rows, and whether they are the last ones; the *most* rows or bytes in memory end them.

    Raises UnreadableRowError.
    """
    columns: list[Sent] = [[] for _ in range(count)]
    appends, size = [column.append for column in columns], 0
    for number, row in enumerate(rows, 1):
        _split(row, appends)
        size += len(row) + VALUE_BYTES * count
        if size >= most_bytes or number >= most_rows:
            return columns, False
    return columns, True


def _split(row: bytes, appends: Sequence[Callable[[bytes | None], None]]) -> None:
    """Append each value of the row to its column."""
    at_byte = 0
    try:
        for append in appends:
            length = row[at_byte]
            at_byte += 1
            if length == _NULL:
                append(None)
                continue
            if length > _NULL:
                digits = _LENGTHS[length]
                length = int.from_bytes(row[at_byte : at_byte + digits], "little")
                at_byte += digits
            append(row[at_byte : at_byte + length])
            at_byte += length
    except (IndexError, KeyError):
        raise UnreadableRowError from None
    if at_byte != len(row):
        raise UnreadableRowError
