"""Results of PyMySQL as the server sends them: it has no public way to them, so only this module uses its internals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, final

import sqlalchemy as sa

from floe_ingestion_dlt.adapters.sources.sql_database.driver_errors import driver_of

# The flag of MySQL's protocol for a column without a sign.
_UNSIGNED: Final = 32


@final
@dataclass(frozen=True, slots=True)
class SentField:
    """A column of a result: the protocol's number of its type, the *encoding* of its texts, and how PyMySQL converts them."""

    code: int
    encoding: str | None
    convert: Callable[[Any], object] | None

    def value(self, sent: bytes) -> object:
        """The value that PyMySQL makes of what the server sent."""
        text = sent if self.encoding is None else sent.decode(self.encoding)
        return text if self.convert is None else self.convert(text)


def is_unsigned(cursor: object, count: int) -> Sequence[bool]:
    """Whether each of so many columns has no sign; true if the driver is another one, and does not say it."""
    fields = getattr(getattr(cursor, "_result", None), "fields", None) or [None] * count
    return [bool(getattr(field, "flags", _UNSIGNED) & _UNSIGNED) for field in fields]


@contextmanager
def streaming_cursor(connection: sa.Connection) -> Iterator[Any]:
    """A cursor that does not read all rows at once; if there are some left after the block, the connection is closed."""
    driver: Any = connection.dialect.loaded_dbapi
    opened = driver_of(connection)
    cursor = opened.cursor(driver.cursors.SSCursor)
    try:
        yield cursor
    finally:
        result = cursor._result  # noqa: SLF001
        if result is not None and result.unbuffered_active:
            # PyMySQL would read all of them, even before it closes the connection.
            result.unbuffered_active, result.connection = False, None
            opened._force_close()  # noqa: SLF001


def sent_fields(cursor: Any) -> list[SentField]:
    """The columns of the result that a streaming cursor has."""
    result = cursor._result  # noqa: SLF001
    return [
        SentField(field.type_code, *read)
        for field, read in zip(result.fields, result.converters, strict=True)
    ]


def sent_rows(cursor: Any) -> Iterator[bytes]:
    """The rows of a streaming cursor, each as one packet of the protocol; when they are over, the connection can be used again."""
    result = cursor._result  # noqa: SLF001
    read, is_last = result.connection._read_packet, result._check_packet_is_eof  # noqa: SLF001
    while not is_last(packet := read()):
        yield packet.get_all_data()
    result.unbuffered_active, result.connection = False, None


def has_another_result(cursor: Any) -> bool:
    """Whether rows of another result follow, as a procedure may return several; the answer of a procedure itself has none."""
    while cursor.nextset():
        if cursor.description:
            return True
    return False
