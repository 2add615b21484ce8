"""What to do about an error of a source, by its type and codes: credentials are named only where they can be the cause."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Final

import requests
import sqlalchemy.exc as sql
from pyiceberg import exceptions as ice
from urllib3 import exceptions as http3

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.library_errors.causes import aws_code, causes, http_status
from floe_ingestion_dlt.library_errors.databases import may_be_denied

NEXT_STEPS: Final[Mapping[Category, str]] = {
    Category.TRANSIENT: "Check that the source is up and reachable from here, then run again.",
    Category.PERMANENT: "Check the data that the source sends: trying again without a change does not help.",
    Category.PARTIAL: "Run again: the missing part is read then.",
    Category.CONFIGURATION: "Check that source_config matches the source.",
}
DENIED: Final = (
    "Check the source's credentials, grants and data: trying again without a change does not help."
)
NO_AUTHORIZATION: Final = "Set credentials to a token, or client.auth if the API wants another kind: the request had no Authorization header."
OLD_AUTHORIZATION: Final = "Renew the credentials: the API refused the Authorization header that was sent."
FORBIDDEN: Final = "Check that the credentials may read this address: ask the API's owner for the grant."
NOT_FOUND: Final = (
    "Check the path in source_config (url, or base_url and the resource's path): the API has no such address."
)
BAD_REQUEST: Final = (
    "Check params, headers, the method and the path in source_config: the API does not take such a request."
)
UNKNOWN_HOST: Final = (
    "Check the host's name in source_config. If it is right, check the network's DNS, then run again."
)
REFUSED: Final = "Check the host and the port in source_config, and that the source is up, then run again."
_CREDENTIALS: Final = (
    PermissionError,
    requests.exceptions.SSLError,
    http3.SSLError,
    ice.UnauthorizedError,
    ice.ForbiddenError,
    ice.OAuthError,
    ice.SignError,
)
_DENIED_HTTP: Final = frozenset({401, 403, 407})
_STATUSES: Final[Mapping[int, str]] = {
    403: FORBIDDEN,
    404: NOT_FOUND,
    410: NOT_FOUND,
    400: BAD_REQUEST,
    405: BAD_REQUEST,
    422: BAD_REQUEST,
}


def next_step_of(error: BaseException, category: Category) -> str:
    """The next step for an error of this category."""
    links = tuple(causes(error))
    for link in links:
        if isinstance(link, requests.RequestException) and (step := _of_request(link)) is not None:
            return step
    if category is Category.TRANSIENT and (found := _of_connection(links)) is not None:
        return found[1]
    return (
        DENIED
        if category is Category.PERMANENT and any(map(_may_be_credentials, links))
        else NEXT_STEPS[category]
    )


def connection_in_words(error: BaseException) -> str | None:
    """Why no connection was made, if that is known."""
    found = _of_connection(tuple(causes(error)))
    return None if found is None else found[0]


def _of_request(error: requests.RequestException) -> str | None:
    status = http_status(error)
    if status == requests.codes.unauthorized:
        return (
            OLD_AUTHORIZATION
            if "Authorization" in getattr(error.request, "headers", {})
            else NO_AUTHORIZATION
        )
    return None if status is None else _STATUSES.get(status)


def _of_connection(links: tuple[BaseException, ...]) -> tuple[str, str] | None:
    if any(isinstance(link, http3.NameResolutionError | socket.gaierror) for link in links):
        return "no address is known for the host's name", UNKNOWN_HOST
    if any(isinstance(link, ConnectionRefusedError) for link in links):
        return "the connection was refused", REFUSED
    return None


def _may_be_credentials(error: BaseException) -> bool:
    if isinstance(error, sql.DBAPIError):
        return may_be_denied(error)
    return (
        isinstance(error, _CREDENTIALS) or http_status(error) in _DENIED_HTTP or aws_code(error) is not None
    )
