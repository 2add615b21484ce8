"""One line of JSON as an object, or why it is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from typing import final

from floe_ingestion_dlt.domain.safe_texts import shown


@final
class Literal(float):
    """`NaN` or `Infinity`, which JSON does not have but many writers write; a number that is too large is none."""


class BrokenLineError(Exception):
    """Why a line cannot be read."""


@final
class NotUtf8Error(BrokenLineError):
    """A line is not in UTF-8."""


@final
class Parser:
    """Parses lines one by one; an object with the same key twice is refused, because a value would be lost."""

    def __init__(
        self,
        parse_float: Callable[[str], object] | None = None,
        parse_constant: Callable[[str], object] = Literal,
        parse_int: Callable[[str], object] | None = None,
    ) -> None:
        decoder = partial(
            json.JSONDecoder, parse_float=parse_float, parse_int=parse_int, parse_constant=parse_constant
        )
        self._plain = decoder().raw_decode
        self._strict = decoder(object_pairs_hook=_once).raw_decode
        # After a line that needs the strict parser, the next lines mostly need it, too.
        self._is_plain = True

    def parse(self, line: bytes) -> dict[str, object]:
        """The object in a line without space around it; raises BrokenLineError, whose text completes "the line ..."."""
        try:
            row = self._parsed(line.decode())
        except UnicodeDecodeError as error:
            raise NotUtf8Error("is not UTF-8") from error
        except json.JSONDecodeError as error:
            raise BrokenLineError("is not JSON") from error
        except ValueError as error:  # int() says no more than that
            digits = f"{sys.get_int_max_str_digits():,}"
            raise BrokenLineError(f"has a number of more than {digits} digits") from error
        except RecursionError as error:
            raise BrokenLineError("is nested too deeply") from error
        if not isinstance(row, dict):
            raise BrokenLineError("is not a JSON object")
        return row

    def _parsed(self, text: str) -> object:
        if self._is_plain:
            row, end = self._plain(text)
            if _has_each_once(text, row):
                return _whole(text, row, end)
        row, end = self._strict(text)
        self._is_plain = _has_each_once(text, row)
        return _whole(text, row, end)


def _whole(text: str, row: object, end: int) -> object:
    if end != len(text):
        raise BrokenLineError("is not JSON")
    return row


def _has_each_once(text: str, row: object) -> bool:
    """Whether the text shows that no key was lost: it has as many `":` as keys, and no space before a colon."""
    return (
        isinstance(row, dict)
        and text.count('":') == len(row)
        and " :" not in text
        and "\t:" not in text
        and "\r:" not in text
    )


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    row = dict(pairs)
    if len(row) == len(pairs):
        return row
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    raise BrokenLineError(f"has the key {shown(key)} twice")
