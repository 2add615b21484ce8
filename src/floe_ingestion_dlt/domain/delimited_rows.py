"""Where the rows and values of a delimited text end: a value in quotes may have delimiters and line ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import final


class RowState(Enum):
    """What a line leaves behind: a complete row, a value in quotes that is still open, or a line end that is escaped."""

    COMPLETE = auto()
    IN_QUOTES = auto()
    IN_VALUE = auto()


@final
@dataclass(frozen=True)
class Quoting:
    """The characters that divide a row into values: a quote is one only where a value begins, and any of the *delimiters* divides."""

    delimiters: bytes
    quote: bytes | None
    escape: bytes | None = None

    def after(self, line: bytes, state: RowState = RowState.COMPLETE) -> RowState:
        """The state after a *line*, which has its line end, if it was *state* before."""
        is_plain = state is not RowState.IN_QUOTES and (self.quote is None or self.quote not in line)
        if not is_plain and len(self._borders(line, state)) % 2:
            return RowState.IN_QUOTES
        return RowState.IN_VALUE if self._ends_escaped(line) else RowState.COMPLETE

    def outside(self, row: bytes) -> bytes:
        """What of a complete *row* is in no quotes and not escaped."""
        if self.quote is not None and self.quote in row:
            borders = [0, *self._borders(row, RowState.COMPLETE), len(row)]
            row = b"".join(row[borders[i] : borders[i + 1]] for i in range(0, len(borders) - 1, 2))
        return (
            row if self.escape is None else re.sub(re.escape(self.escape) + b".", b"", row, flags=re.DOTALL)
        )

    def _borders(self, line: bytes, state: RowState) -> list[int]:
        """The places in the line where values in quotes begin and end, by turns; the first is a begin, also if that was before."""
        at, is_open = 0, state is RowState.IN_QUOTES
        if state is RowState.COMPLETE and self.quote is not None and line.startswith(self.quote):
            at, is_open = 1, True
        borders = [0] if is_open else []
        while found := (self._closing if is_open else self._opening).match(line, at):
            at, is_open = found.end(), not is_open
            borders.append(at)
        return borders

    def _ends_escaped(self, line: bytes) -> bool:
        if self.escape is None or line.endswith(b"\r\n"):
            return False
        text = line.removesuffix(b"\n").removesuffix(b"\r")
        return text != line and (len(text) - len(text.rstrip(self.escape))) % 2 == 1

    @cached_property
    def _closing(self) -> re.Pattern[bytes]:
        """From within quotes to behind the quote that closes them; two quotes are one in the value."""
        quote, escape = re.escape(self.quote or b""), re.escape(self.escape or b"")
        inside = rb"(?:[^%b%b]++|%b%b|%b)*+" % (quote, escape, quote, quote, self._pair)
        return re.compile(inside + quote, re.DOTALL)

    @cached_property
    def _opening(self) -> re.Pattern[bytes]:
        """From outside of quotes to behind the next quote that begins a value."""
        quote, escape = re.escape(self.quote or b""), re.escape(self.escape or b"")
        delimiter = b"[%b]" % re.escape(self.delimiters)
        plain = b"[^%b%b]++" % (re.escape(self.delimiters), escape)
        outside = rb"(?:%b|%b(?!%b)|%b)*+" % (plain, delimiter, quote, self._pair)
        return re.compile(outside + delimiter + quote, re.DOTALL)

    @property
    def _pair(self) -> bytes:
        """An escaped character; without an escape character, what matches nothing."""
        return re.escape(self.escape) + b"." if self.escape else b"(?!)"
