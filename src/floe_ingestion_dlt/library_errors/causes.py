"""The causes of an error, and its codes, wherever a library stores them."""

from __future__ import annotations

import http.client
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import sqlalchemy.exc as sql
from dlt.load.exceptions import LoadClientJobException
from dlt.pipeline.exceptions import PipelineStepFailed

# The most errors of a chain that are read; a longer chain repeats itself.
MOST_LINKS: Final = 100


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all of its causes, each once, outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting and len(seen) < MOST_LINKS:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += _led_to(link)


def _led_to(link: BaseException) -> Iterator[object]:
    if isinstance(link, PipelineStepFailed):
        yield link.exception
    if isinstance(link, LoadClientJobException):
        yield getattr(link, "client_exception", None)
    yield link.__cause__
    if not link.__suppress_context__:
        yield link.__context__
    if isinstance(link, sql.DBAPIError):
        yield link.orig
    # urllib, urllib3, requests and azure store the cause as a value, and do not raise from it
    yield getattr(link, "reason", None)
    yield getattr(link, "inner_exception", None)
    yield from link.args


def http_status(error: BaseException) -> int | None:
    """The HTTP status of *error*, wherever its library stores it."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore
        return _as_status(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    found = (
        getattr(response, "status_code", None),  # requests
        getattr(error, "status_code", None),  # azure
        getattr(error, "status", None),  # aiohttp, urllib
    )
    status = next((status for place in found if (status := _as_status(place)) is not None), None)
    return status or _as_status(getattr(error, "code", None))  # gcsfs; reading it gives a warning in aiohttp


def aws_code(error: BaseException) -> str | None:
    """The code in AWS's answer for which botocore raised *error*."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return code if isinstance(code, str) else None


def retry_after(error: BaseException) -> float | None:
    """The seconds to wait that the server asked for in the header `Retry-After` of its answer."""
    waits = (seconds for link in causes(error) if (seconds := _seconds(_header(link))) is not None)
    return next(waits, None)


def _header(error: BaseException) -> str | None:
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore
        headers = response.get("ResponseMetadata", {}).get("HTTPHeaders")
    else:
        headers = getattr(response, "headers", None) or getattr(error, "headers", None)
    if not hasattr(headers, "get"):
        return None
    found = headers.get("retry-after") or headers.get("Retry-After")
    return found if isinstance(found, str) else None


def _seconds(header: str | None) -> float | None:
    """The header's number of seconds, or the seconds until its date (RFC 9110, 10.2.3); None if it is neither."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _as_status(value: object) -> int | None:
    """The status of a failure: an integer from 400 to 599."""
    if isinstance(value, int) and http.HTTPStatus.BAD_REQUEST <= value < 600:  # noqa: PLR2004 - see above
        return int(value)
    return None
