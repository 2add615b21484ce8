"""The HTTP session of an API: requests are tried again one by one, so that one bad answer does not cost a whole reading."""

from __future__ import annotations

from typing import Any, Final, final

import requests
from requests.adapters import HTTPAdapter
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.internals import HttpSession
from floe_ingestion_dlt.adapters.dlt.sources.faults import SourceError, place_of, source_fault
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.retry import exhausted
from floe_ingestion_dlt.foreign.categories import category_of_status
from floe_ingestion_dlt.foreign.chain import retry_after
from floe_ingestion_dlt.ports.retries import Retries

BUSY: Final = (
    "Run again later; if that does not help, ask the API's owner what it is busy with, or for more requests."
)
EXPIRED: Final = (
    "Run again: a new token is asked for where that can be done. Else renew the credentials of the source."
)


class ApiSession(HttpSession):
    """A session that dlt's REST client is given; it knows for which resources its credentials have been accepted."""

    def __init__(self, retries: Retries) -> None:
        super().__init__(raise_for_status=False)
        self._accepted: set[str] = set()
        adapter = _RetryingAdapter(retries)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def look_at(self, resource: str, response: requests.Response) -> None:
        """Remember a good answer of the resource; raise a bad one that trying again may mend, as what it is."""
        if response.is_redirect:
            return
        if response.ok:
            self._accepted.add(resource)
            return
        if (busy := _busy(response)) is not None:
            raise SourceError(exhausted(busy))
        if response.status_code == requests.codes.unauthorized and resource in self._accepted:
            cause = f"{place_of(response.request)} answered 401 after it had answered before: the credentials expired"
            raise SourceError(SourceFailed(cause, Category.TRANSIENT, EXPIRED))


@final
class _RetryingAdapter(HTTPAdapter):
    """Sends a request until it is answered in a way that stands, or nothing more is to be tried."""

    def __init__(self, retries: Retries) -> None:
        super().__init__()
        self._retries = retries

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """The last answer, be it a bad one: the API's own configuration may have a use for it."""
        last: list[requests.Response | requests.RequestException] = []

        def ask() -> Result[requests.Response, Fault]:
            try:
                response = super(_RetryingAdapter, self).send(request, *args, **options)
                _ = response.content  # a body that is cut is no answer
            except requests.RequestException as error:
                last[:] = [error]
                return Failure(source_fault(error))
            last[:] = [response]
            busy = _busy(response)
            return Success(response) if busy is None else Failure(busy)

        answer = self._retries.attempt("request", ask)
        (end,) = last
        if isinstance(end, requests.Response):
            return end
        raise SourceError(exhausted(answer.failure())) from end


def _busy(response: requests.Response) -> SourceFailed | None:
    """What an answer means that may be another one later; None for one that stands."""
    if response.ok or category_of_status(response.status_code) is not Category.TRANSIENT:
        return None
    error = requests.HTTPError(request=response.request, response=response)
    cause = f"{place_of(response.request)} answered {response.status_code}"
    return SourceFailed(cause, Category.TRANSIENT, BUSY, retry_after(error))
