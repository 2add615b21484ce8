"""Sending one request, with retries, and reading its answer up to a limit."""

from __future__ import annotations

import time
from typing import Any, Final, final

import requests
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.sources.rest_api.http_connections import PromptAdapter
from floe_ingestion_dlt.adapters.sources.rest_api.json_answers import ApiResponse
from floe_ingestion_dlt.adapters.sources.rest_api.pages_ahead import PagesAhead
from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.domain.retry_policy import Step, exhausted
from floe_ingestion_dlt.library_errors.categories import category_of_status
from floe_ingestion_dlt.library_errors.causes import retry_after
from floe_ingestion_dlt.library_errors.source_errors import place_of, source_fault
from floe_ingestion_dlt.ports.retries import Retries
from floe_ingestion_dlt.ports.source import SourceError, unreadable

PART: Final = 256 * 1024
# How much of a bad answer is read: enough for its reasons.
REASONS: Final = 64 * 1024
BUSY: Final = "Run again later. If that does not help, ask the API's owner about its load, or for a higher request limit."
SLOW: Final = "Request less data in one answer, or increase retry_config.deadline_seconds; then run again."
LARGE: Final = (
    "Request smaller pages, or increase client.max_response_bytes: rows take about ten times as much memory."
)


@final
class RetryingAdapter(PromptAdapter):
    """Sends a request until its answer is final, or no retry is left."""

    def __init__(self, retries: Retries, most: int, parallel: int) -> None:
        super().__init__(retries.deadline, parallel)
        self._retries, self._most = retries, most
        self.ahead: PagesAhead | None = None

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """The last answer, even if it is a bad one, which the API's configuration may handle."""
        if self.ahead is not None and (expected := self.ahead.answer(request, options)) is not None:
            return expected
        last: list[requests.Response | requests.RequestException] = []

        def ask() -> Result[requests.Response, Fault]:
            began = time.monotonic()
            try:
                response = self._whole(super(RetryingAdapter, self).send(request, *args, **options))
            except requests.RequestException as error:
                error.request = error.request or request  # which is missing if the body was cut off
                last[:] = [error]
                return Failure(self._late(request, began) or source_fault(error))
            last[:] = [response]
            busy = busy_fault(response)
            return Success(response) if busy is None else Failure(busy)

        answer = self._retries.attempt(Step.REQUEST, ask)
        (end,) = last
        if isinstance(end, requests.Response):
            return end
        raise SourceError(exhausted(answer.failure())) from end

    def once(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The answer to the request, which is sent once."""
        return self._whole(super().send(request, **options))

    def _late(self, request: requests.PreparedRequest, began: float) -> Fault | None:
        """The fault of an answer that took all the time until the deadline, so that none is left for a retry."""
        seconds = self._retries.deadline
        if time.monotonic() - began < seconds:
            return None
        cause = f"the answer to {place_of(request)} was not complete after {seconds:g} seconds"
        return SourceFailed(cause, Category.TRANSIENT, SLOW, is_exhausted=True)

    def _whole(self, response: requests.Response) -> ApiResponse:
        """The answer with its body, up to the limit."""
        is_good = response.ok and not response.is_redirect
        most = self._most if is_good else REASONS
        answer = ApiResponse.of(response)
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(PART):
            parts.append(part)
            size += len(part)
            if size > most:
                response.close()
                break
        if size > most and is_good:
            cause = f"the answer to {place_of(response.request)} has more than {most:,} bytes"
            raise unreadable(cause, LARGE, Category.CONFIGURATION)
        answer.keep(b"".join(parts)[:most])
        return answer


def busy_fault(response: requests.Response) -> SourceFailed | None:
    """The fault of an answer that a retry may change; None for a final one."""
    if response.ok or category_of_status(response.status_code) is not Category.TRANSIENT:
        return None
    error = requests.HTTPError(request=response.request, response=response)
    cause = f"{place_of(response.request)} answered {response.status_code}"
    return SourceFailed(cause, Category.TRANSIENT, BUSY, retry_after(error))
