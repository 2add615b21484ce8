"""One line of JSON as an object, or what is wrong with it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, final

from floe_ingestion_dlt.domain.shown import shown


@final
class Literal(float):
    """`NaN` or `Infinity`, which JSON does not have but many writers write; a number that is too large is no such word."""


@final
class BrokenLineError(Exception):
    """What is wrong with a line."""


@final
class Parser:
    """Parses lines, one by one; a key that an object has twice would lose a value, so that it is refused."""

    def __init__(self, parse_float: Callable[[str], Any] | None = None) -> None:
        self._plain = json.JSONDecoder(parse_float=parse_float, parse_constant=Literal).raw_decode
        self._strict = json.JSONDecoder(
            parse_float=parse_float, parse_constant=Literal, object_pairs_hook=_once
        ).raw_decode
        # Lines that have objects in objects, or such text, are parsed strictly at once: others mostly follow.
        self._is_plain = True

    def parse(self, line: bytes) -> dict[str, Any]:
        """The object in a line that space neither begins nor ends; raises BrokenLineError, whose text completes "the line ..."."""
        try:
            row = self._parsed(line.decode())
        except UnicodeDecodeError as error:
            raise BrokenLineError("is not UTF-8") from error
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

    def _parsed(self, text: str) -> Any:
        if self._is_plain:
            row, end = self._plain(text)
            if _has_each_once(text, row):
                return _whole(text, row, end)
        row, end = self._strict(text)
        self._is_plain = _has_each_once(text, row)
        return _whole(text, row, end)


def _whole(text: str, row: Any, end: int) -> Any:
    if end != len(text):
        raise BrokenLineError("is not JSON")
    return row


def _has_each_once(text: str, row: Any) -> bool:
    """Whether it can be seen by the marks after keys that none was lost: as many as keys, and none set apart by space."""
    return (
        isinstance(row, dict)
        and text.count('":') == len(row)
        and " :" not in text
        and "\t:" not in text
        and "\r:" not in text
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) == len(pairs):
        return row
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    raise BrokenLineError(f"has the key {shown(key)} twice")
