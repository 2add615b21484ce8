"""The metadata of tables, parsed once for each version: a load asks for its tables some thirty times, and each snapshot takes 35 µs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, final

from pyiceberg.table.metadata import TableMetadata

# The bytes of metadata files that are kept. Parsed, they take about ten times as much.
MOST_BYTES: Final = 8 << 20

Parse = Callable[[str], TableMetadata]


@final
class ParsedMetadata:
    """Parses the text of a metadata file, unless it is that of the last time. The result is shared: pyiceberg changes copies only.

    The newest file is always kept, and the last ones before it up to *most_bytes*.
    """

    def __init__(self, parse: Parse, most_bytes: int = MOST_BYTES) -> None:
        self._parse, self._most = parse, most_bytes
        self._known: OrderedDict[str, tuple[bytes, TableMetadata]] = OrderedDict()
        self._lock = Lock()

    def metadata(self, location: str, content: bytes) -> TableMetadata:
        """The metadata in the *content* of the file at the *location*. Raises what *parse* and decoding raise."""
        with self._lock:
            known = self._known.get(location)
        if known is None or known[0] != content:
            known = content, self._parse(content.decode())
        with self._lock:
            self._known[location] = known
            self._known.move_to_end(location)
            while len(self._known) > 1 and sum(len(text) for text, _ in self._known.values()) > self._most:
                self._known.popitem(last=False)
        return known[1]
