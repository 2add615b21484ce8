"""The encoding that a text names itself, by the mark at its beginning."""

from __future__ import annotations

import codecs
from typing import Final

# Longer marks come first: that of UTF-32 begins like that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LONGEST_MARK: Final = 4


def marked_encoding(head: bytes) -> tuple[str, int] | None:
    """The encoding that the first bytes of a text name, and the number of bytes of the mark; None if they name none."""
    return next(((name, len(mark)) for mark, name in _MARKS if head.startswith(mark)), None)
