"""Requesting the next pages while one is read: several requests at once, whose answers are used in the order of the pages."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import Any, TypeAlias, cast, final
from weakref import WeakKeyDictionary

import requests

Prepare: TypeAlias = Callable[[requests.Request], requests.PreparedRequest]
Fetch: TypeAlias = Callable[..., requests.Response]


@final
@dataclass(frozen=True, slots=True)
class _Expected:
    """A request that was sent in advance, and its answer."""

    request: requests.PreparedRequest
    answer: Future[requests.Response]


@final
class PagesAhead:
    """The answers to requests that are expected next, at most *most* of them for each reading.

    An answer is used only if exactly the expected request is sent, and if it is a good one. Otherwise the request is sent as if there
    were no others, with all retries, and from then on one page is requested after the other: an API that is busy, or that sees
    other headers each time, is not asked for more at once.
    """

    def __init__(self, prepare: Prepare, fetch: Fetch, most: int) -> None:
        self.most = most
        self._prepare, self._fetch = prepare, fetch
        # By the request of a reading, which its paginator changes, and the value: readings of parents and children take turns.
        self._expected: WeakKeyDictionary[requests.Request, dict[int, _Expected]] = WeakKeyDictionary()
        self._options: Mapping[str, Any] = {}
        self._is_on = most > 1

    def expect(self, request: requests.Request, param: str, values: Iterable[int]) -> None:
        """Send the *request* with each of these *values* of the parameter; what was expected before, and is no more, is dropped."""
        if not self._is_on:
            return
        known = self._expected.get(request, {})
        self._expected[request] = {
            value: known.get(value) or self._sent(self._prepare(_with_value(request, param, value)))
            for value in values
        }

    def answer(
        self, request: requests.PreparedRequest, options: Mapping[str, Any]
    ) -> requests.Response | None:
        """The answer to the request if it was expected; None if it has to be sent. The next ones are sent with the same *options*."""
        self._options = options
        expected = self._taken(request.url)
        if expected is None:
            return None
        if _is_same(request, expected.request) and (answer := _good(expected.answer)) is not None:
            answer.request = request
            return answer
        self._is_on = False
        self._expected.clear()
        return None

    def _taken(self, url: str | None) -> _Expected | None:
        for expected in self._expected.values():
            for value, each in expected.items():
                if each.request.url == url:
                    return expected.pop(value)
        return None

    def _sent(self, request: requests.PreparedRequest) -> _Expected:
        answer: Future[requests.Response] = Future()

        def fetch() -> None:
            try:
                answer.set_result(self._fetch(request, **self._options))
            except Exception as error:  # noqa: BLE001 - the request is sent again, and tells by itself what is wrong
                answer.set_exception(error)

        # Nothing waits for a request that nobody needs any more, also not at the end of the process.
        Thread(target=fetch, daemon=True, name="page-ahead").start()
        return _Expected(request, answer)


def _with_value(request: requests.Request, param: str, value: int) -> requests.Request:
    changed = copy.copy(request)
    changed.params = dict(cast("Mapping[str, Any]", request.params or {})) | {param: value}
    return changed


def _is_same(request: requests.PreparedRequest, expected: requests.PreparedRequest) -> bool:
    return (request.method, request.body, request.headers) == (
        expected.method,
        expected.body,
        expected.headers,
    )


def _good(future: Future[requests.Response]) -> requests.Response | None:
    if future.exception() is not None:
        return None
    answer = future.result()
    return answer if answer.ok and not answer.is_redirect else None
