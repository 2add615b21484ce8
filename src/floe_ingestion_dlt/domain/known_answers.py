"""The answer of an API whose rows a table has: a later request can ask whether it has changed since."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import scrypt
from hmac import compare_digest
from typing import Final, final

CONDITIONS: Final = (
    "If-None-Match",
    "If-Modified-Since",
    "If-Match",
    "If-Unmodified-Since",
    "If-Range",
)
_ENTITY_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,1000}"')
# Within this time of its last change, an answer may have changed once more in the same second (RFC 7232, 2.2.2).
_SURE_AFTER: Final = timedelta(seconds=60)
# What a digest may be made of is a password: each guess of one costs 16 MB and a twentieth of a second.
_COST: Final = 2**14


@final
@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """A digest of the *request*, its headers and the settings of the load, and the *condition* that asks for a change: a header and its value."""

    request: str
    condition: tuple[str, str]

    def answers(self, request: Sequence[str]) -> bool:
        """Whether this was the answer to exactly such a request."""
        salt = self.request.partition(":")[0]
        return compare_digest(self.request, _digest(request, salt))

    def text(self) -> str:
        return json.dumps([self.request, *self.condition])


def known_answer(request: Sequence[str], headers: Mapping[str, str]) -> KnownAnswer | None:
    """The answer with these *headers* to the *request*; None if it cannot be asked for a change."""
    condition = condition_of({name.lower(): value for name, value in headers.items()})
    return None if condition is None else KnownAnswer(_digest(request, secrets.token_hex(8)), condition)


def condition_of(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """The condition by the validator in an answer's *headers*, which have lower-case names; None if it has none that is exact."""
    if headers.get("vary", "").strip() == "*" or "no-store" in headers.get("cache-control", "").lower():
        return None
    tag = headers.get("etag", "").strip()
    if _ENTITY_TAG.fullmatch(tag):
        return "If-None-Match", tag
    changed, sent = _time(headers.get("last-modified")), _time(headers.get("date"))
    if tag or changed is None or sent is None or sent - changed < _SURE_AFTER:
        return None
    return "If-Modified-Since", headers["last-modified"]


def known_answer_in(text: object) -> KnownAnswer | None:
    """The answer in a text that `KnownAnswer.text` made; None if it is no such text."""
    try:
        kept = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    match kept:
        case [str(request), str(name), str(value)] if name in CONDITIONS[:2]:
            return KnownAnswer(request, (name, value))
        case _:
            return None


def _time(text: str | None) -> datetime | None:
    if text is None or not (text.isascii() and text.isprintable()):
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None


def _digest(parts: Sequence[str], salt: str) -> str:
    content = json.dumps(list(parts)).encode()
    return f"{salt}:{scrypt(content, salt=salt.encode(), n=_COST, r=8, p=1, dklen=16).hex()}"
