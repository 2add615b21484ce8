"""The objects of a JSON document, one by one: those of an array, or the document itself."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Final

from floe_ingestion_dlt.adapters.sources.filesystem.json_faults import FIX_THE_FILE, SET_JSONL
from floe_ingestion_dlt.adapters.sources.filesystem.streams import ByteStream
from floe_ingestion_dlt.adapters.sources.filesystem.text_encoding import SET_ENCODING
from floe_ingestion_dlt.ports.source import SourceError, unreadable

CHUNK_BYTES: Final = 1 << 20
# An error so near to the end of what was read may be one of a literal or an escape that goes on.
_LONGEST_PIECE: Final = 16
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class JsonObjects:
    """The text of each object of the document in *file*; an object that is not closed after *most* characters is given as it is."""

    def __init__(self, file: ByteStream, most: int, path: str) -> None:
        self._file, self._most, self._path = file, most, path
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._end_of = json.JSONDecoder(parse_int=_ignored, parse_float=_ignored).raw_decode
        self._text, self._at, self._is_read = "", 0, False

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """Each object, with its number."""
        return enumerate(self, 1)

    def __iter__(self) -> Iterator[bytes]:
        first = self._next_sign()
        if first == "[":
            self._at += 1
            yield from self._items()
        elif first == "{":
            yield self._object()
        elif first:
            raise self._broken("is neither a JSON array nor a JSON object")
        if self._next_sign():
            step = SET_JSONL if first == "{" else FIX_THE_FILE
            raise unreadable(f"{self._path} has more after the JSON document that it begins with", step)

    def _items(self) -> Iterator[bytes]:
        if self._next_sign() == "]":
            self._at += 1
            return
        while True:
            self._next_sign()
            yield self._object()
            sign = self._next_sign()
            self._at += 1
            if sign == "]":
                return
            if sign != ",":
                raise self._broken("has an array that is not closed, or has no comma between two items")

    def _object(self) -> bytes:
        """The text from here to the end of the object; of one that is none, the text up to where that is seen."""
        while True:
            try:
                _, end = self._end_of(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.pos >= len(self._text) - _LONGEST_PIECE or self._text[error.pos] == '"'
                if is_cut and not self._is_read and len(self._text) - self._at <= self._most:
                    self._read_more()
                    continue
                end = len(self._text)
            found, self._at = self._text[self._at : end], end
            return found.encode(errors="surrogatepass")

    def _next_sign(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or self._is_read:
                return self._text[self._at : self._at + 1]
            self._read_more()

    def _read_more(self) -> None:
        # Twice as much each time, so that a large object is not looked at too often.
        data = self._file.read(max(CHUNK_BYTES, len(self._text) - self._at))
        self._is_read = not data
        try:
            self._text, self._at = self._text[self._at :] + self._decode(data, final=not data), 0
        except UnicodeDecodeError as error:
            raise unreadable(f"{self._path} is not UTF-8", SET_ENCODING) from error

    def _broken(self, what: str) -> SourceError:
        return unreadable(f"{self._path} {what}", FIX_THE_FILE)


def _ignored(_digits: str) -> None:
    """Nothing: only the end of the number matters."""
