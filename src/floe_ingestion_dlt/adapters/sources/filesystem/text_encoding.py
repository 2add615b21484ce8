"""Texts of any encoding as UTF-8: that of the byte-order mark, else the one that is set, else UTF-8."""

from __future__ import annotations

import codecs
import io
from typing import Final, final

from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream, exactly
from floe_ingestion_dlt.domain.byte_order_marks import LONGEST_MARK, marked_encoding
from floe_ingestion_dlt.ports.source import unreadable

UTF_8: Final = "utf-8"
_UTF_8_NAMES: Final = frozenset({UTF_8, "utf-8-sig"})
SET_ENCODING: Final = (
    "Set reader_options.encoding to the file's encoding (latin-1, cp1252, utf-16-le, ...), then run again."
)


@final
class Utf8(io.RawIOBase):
    """A file's text in UTF-8, without a byte-order mark.

    A text that is in UTF-8 is not checked: who reads it knows the place of a byte that is wrong.
    """

    def __init__(self, raw: ByteStream, encoding: str | None, path: str) -> None:
        self._raw, self._path = raw, path
        head = exactly(raw, LONGEST_MARK)
        marked = marked_encoding(head)
        self.encoding, mark = marked or (encoding or UTF_8, 0)
        is_utf_8 = self.encoding in _UTF_8_NAMES
        self._decoder = None if is_utf_8 else codecs.getincrementaldecoder(self.encoding)()
        self._head = head[mark:]
        self._lines = 1

    def read(self, size: int = -1, /) -> bytes:
        while True:
            data, self._head = self._head or self._raw.read(size), b""
            if self._decoder is None:
                return data
            text = self._decoded(self._decoder, data)
            if text or not data:
                return text

    def readable(self) -> bool:
        return True

    def _decoded(self, decoder: codecs.IncrementalDecoder, data: bytes) -> bytes:
        try:
            text = decoder.decode(data, final=not data)
            self._lines += text.count("\n")
            return text.encode()
        except UnicodeError as error:
            raise unreadable(
                f"{self._path}, line {self._line_of(error)}: the text is not in {self.encoding}", SET_ENCODING
            ) from error

    def _line_of(self, error: UnicodeError) -> int:
        if not isinstance(error, UnicodeDecodeError):
            return self._lines
        before = error.object[: error.start].decode(self.encoding, "ignore")
        return self._lines + before.count("\n")
