"""The pages of one reading: each is requested once, and their number has a limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Final, final
from weakref import WeakKeyDictionary

import requests

from floe_ingestion_dlt.domain.api_limits import ApiLimits
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import unreadable

REPEATED: Final = (
    "Check the paginator: the API refers to a page that was already read. If the API expects the same request for every"
    " page, set client.allow_repeated_requests."
)
MORE: Final = "Increase client.max_pages, or request larger pages."


@dataclass
class _Walk:
    """The number of pages, and the requests with a digest of the last answer to those that may be repeated."""

    pages: int = 0
    answers: dict[bytes, bytes] = field(default_factory=dict)


@final
class Walks:
    """Counts the pages of each reading: dlt requests them with one `Request`, which its paginator changes."""

    def __init__(self, limits: ApiLimits) -> None:
        self._limits = limits
        self._walks: WeakKeyDictionary[requests.Request, _Walk] = WeakKeyDictionary()

    def step(self, request: requests.Request, prepared: requests.PreparedRequest) -> int:
        """Count the page that is requested next, and return its number.

        A repeated GET is refused. A repeated POST is refused if it has the same answer: APIs that scroll get the same body for
        each page.
        """
        walk = self._walks.setdefault(request, _Walk())
        walk.pages += 1
        most = self._limits.max_pages
        if most is not None and walk.pages > most:
            cause = f"{place_of(prepared)} would be page {walk.pages:,} of one read, and client.max_pages is {most:,}"
            raise unreadable(cause, MORE, Category.CONFIGURATION)
        if self._limits.allow_repeated_requests:
            return walk.pages
        key = _digest((prepared.method, prepared.url, prepared.body, sorted((request.headers or {}).items())))
        if key in walk.answers and prepared.method == "GET":
            raise _repeated(prepared)
        walk.answers.setdefault(key, b"")
        if prepared.method != "GET":
            prepared.register_hook("response", partial(_look_at, walk.answers, key))
        return walk.pages


def _look_at(
    answers: dict[bytes, bytes], key: bytes, response: requests.Response, *_: object, **__: object
) -> None:
    if not response.ok or response.is_redirect:
        return
    answer = _digest((response.content,))
    if answers[key] == answer:
        raise _repeated(response.request)
    answers[key] = answer


def _repeated(request: requests.PreparedRequest) -> Exception:
    return unreadable(f"{place_of(request)} was already requested in the same read", REPEATED)


def _digest(parts: Iterable[object]) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
        digest.update(b"\0")
    return digest.digest()
