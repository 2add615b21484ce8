"""Asking an API whether the one answer of a resource has changed since its rows were committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, final

import requests

from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.known_answers import CONDITIONS, KnownAnswer, known_answer
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import AnswerLedger, NothingToReadError, unreadable

_NOT_ASKED: Final = "Nothing was loaded. Check the API, and the proxies and caches before it: a request without a condition must get the whole answer."


@final
class Conditions:
    """The condition of a reading's first request, and what is kept of its answer.

    Only the first request has a condition, and only an answer that was the whole reading is kept, with the first of its rows that is
    new: an answer for the first page says nothing about the others.
    """

    def __init__(self, ledger: AnswerLedger, settings: str) -> None:
        self._ledger = ledger
        self._settings = settings
        self._asked: requests.PreparedRequest | None = None
        self._answer: KnownAnswer | None = None
        self._is_kept = False

    def ask(self, request: requests.PreparedRequest, page: int) -> None:
        """Add the condition to the request of the first page, if its last answer is known."""
        if page > 1:
            self._answer = None
            if self._is_kept:
                self._ledger.keep(None)
            return
        if request.method != "GET" or is_conditional(request):
            return
        self._asked = request
        known = self._ledger.known
        if known is not None and known.answers(self._parts(request)):
            name, value = known.condition
            request.headers[name] = value

    def only_where_asked(self, request: requests.PreparedRequest) -> None:
        """Remove the condition from other requests, to which a redirect leads."""
        if request is not self._asked and self._asked is not None:
            for name in CONDITIONS[:2]:
                if request.headers.get(name) == self._asked.headers.get(name):
                    request.headers.pop(name, None)

    def look_at(self, response: requests.Response) -> None:
        """Note what can be kept of an answer; one that has not changed ends the reading."""
        is_own = response.request is self._asked and not response.history
        if response.status_code == requests.codes.not_modified and is_own:
            if is_conditional(response.request):
                message = f"{place_of(response.request)} has not changed since it was loaded"
                raise NothingToReadError(message)
            return
        if response.status_code == requests.codes.ok and is_own:
            self._answer = known_answer(self._parts(response.request), response.headers)

    def row_came(self) -> None:
        """Keep what is known of the answer with the rows that are committed."""
        if not self._is_kept:
            self._is_kept = True
            self._ledger.keep(self._answer)

    def _parts(self, request: requests.PreparedRequest) -> tuple[str, ...]:
        headers = (f"{name}: {request.headers[name]!r}" for name in sorted(request.headers))
        own = (header for header in headers if not header.startswith(CONDITIONS))
        return (self._settings, str(request.url), *own)


@final
class NewRows(ItemTransform[object, dict[str, object]]):
    """Calls *came* for rows that a cursor leaves."""

    # After dlt's incremental has left out rows.
    placement_affinity: ClassVar[float] = 1.5

    def __init__(self, came: Callable[[], None]) -> None:
        super().__init__(lambda item: item)
        self._came = came

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        if item:
            self._came()
        return item


def is_conditional(request: requests.PreparedRequest) -> bool:
    return any(name in request.headers for name in CONDITIONS)


def refuse_unasked(response: requests.Response) -> None:
    """Raise for an answer that says that nothing has changed, if that was not asked: it is no empty answer."""
    if response.status_code == requests.codes.not_modified and not is_conditional(response.request):
        cause = (
            f"{place_of(response.request)} answered 304, not modified, to a request that did not ask for it"
        )
        raise unreadable(cause, _NOT_ASKED, Category.PERMANENT)
