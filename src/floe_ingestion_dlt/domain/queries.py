"""The text of a SQL query, as far as it has to be known to put the query into another one."""

from __future__ import annotations

import re
from typing import Final

# A text, a quoted name, a comment, or one other character. Comments may not be nested here; Postgres nests them.
_TOKENS: Final = (
    r"(?P<comment>--[^\n]*|/\*.*?\*/)",
    r"(?P<dollars>\$(?P<tag>[A-Za-z_\x80-\uffff]?[\w\x80-\uffff]*)\$.*?\$(?P=tag)\$)",
    r'(?P<name>"(?:[^"]|"")*"|`[^`]*`)',
    r"(?P<end>[;\s])",
)
_STANDARD: Final = re.compile(
    "|".join((*_TOKENS, r"(?P<text>'(?:[^']|'')*')", r"(?P<other>[^'\"`])")), re.DOTALL
)
_ESCAPED: Final = re.compile(
    "|".join((*_TOKENS, r"(?P<text>'(?:[^'\\]|''|\\.)*')", r"(?P<other>[^'\"`])")), re.DOTALL
)


def subquery(query: str) -> str:
    """The query in parentheses, without semicolons and comments after its last word.

    A comment that may still be at its end does not hide the parenthesis, which is on a line of its own.
    """
    return f"({without_end(query)}\n)"


def without_end(query: str) -> str:
    """The query up to its last word; whatever follows are blanks, semicolons and comments."""
    for tokens in (_STANDARD, _ESCAPED):
        end = _end_of_words(query, tokens)
        if end is not None:
            return query[:end]
    return query.rstrip().rstrip(";")


def _end_of_words(query: str, tokens: re.Pattern[str]) -> int | None:
    """Where the last word ends; None if a text has no end, as a text with an escaped quote seems to have none."""
    place = end = 0
    while place < len(query):
        token = tokens.match(query, place)
        if token is None:
            return None
        place = token.end()
        if token.lastgroup not in {"comment", "end"}:
            end = place
    return end
