"""Which errors are worth another attempt: by types and codes, never by the words of a message."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import sys
from collections.abc import Callable, Mapping
from typing import Final

import pydantic
import requests
import sqlalchemy.exc as sql
import urllib3.exceptions as http3
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.exceptions import DictValidationException, TerminalException, TransientException
from dlt.load.exceptions import LoadClientJobFailed, LoadClientJobTerminalRetry, LoadPackageAborted
from pyiceberg import exceptions as ice

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.library_errors.causes import aws_code, causes, http_status
from floe_ingestion_dlt.library_errors.databases import sql_category
from floe_ingestion_dlt.library_errors.storage import storage_category

_TRANSIENT_HTTP: Final = frozenset({408, 419, 425, 429})
_DENIED_HTTP: Final = frozenset({401, 403, 407, 409, 451, 501})
# What AWS calls credentials that were good and are not any more; whoever asks anew gets new ones.
_EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)

# The first entry that fits speaks, so a subclass stands before its base.
TYPES: Final[tuple[tuple[tuple[type[BaseException], ...], Category], ...]] = (
    (
        (
            ImportError,
            ConfigurationException,
            DictValidationException,
            pydantic.ValidationError,
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
            sql.ArgumentError,
            sql.NoSuchTableError,
            sql.NoSuchColumnError,
            ice.BadRequestError,
            ice.NoSuchNamespaceError,
            ice.NoSuchPropertyException,
            ice.NotInstalledError,
        ),
        Category.CONFIGURATION,
    ),
    (
        (
            requests.exceptions.SSLError,
            http3.SSLError,
            FileNotFoundError,
            PermissionError,
            ice.UnauthorizedError,
            ice.ForbiddenError,
            ice.OAuthError,
            ice.SignError,
        ),
        Category.PERMANENT,
    ),
    (
        (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
            http3.TimeoutError,
            http3.ProtocolError,
            http3.MaxRetryError,
            http.client.HTTPException,
            socket.gaierror,
            ConnectionError,
            TimeoutError,
            sql.TimeoutError,
            sql.DisconnectionError,
            ice.CommitFailedException,
            ice.CommitStateUnknownException,
            ice.ServiceUnavailableError,
            ice.ServerError,
            ice.TooManyRequestsError,
            ice.AuthorizationExpiredError,
            ice.WaitingForLockException,
        ),
        Category.TRANSIENT,
    ),
)

# Types of packages that need not be installed; all of them mean a connection that was not made, was lost, or was silent.
LOST_CONNECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "botocore.exceptions": ("HTTPClientError",),
    "aiohttp.client_exceptions": ("ClientConnectionError", "ClientPayloadError"),
    "azure.core.exceptions": ("ServiceRequestError", "ServiceResponseError"),
    "google.auth.exceptions": ("TransportError",),
}

_TRANSIENT_ERRNO: Final = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.EINTR,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EPIPE,
        errno.ETIMEDOUT,
    }
)
# TLS spoken to a server that does not speak it.
_NOT_TLS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}
)


def categorize_error(error: BaseException) -> Category:
    """Whether trying again can help: what the outermost error in the chain that says anything says, else PERMANENT.

    dlt's own word (transient or terminal) counts only when no cause beneath it is known.
    """
    return known_category(error) or Category.PERMANENT


def known_category(error: BaseException) -> Category | None:
    """What `categorize_error` says, and None where nothing in the chain says anything."""
    chain = tuple(causes(error))
    judges: tuple[Callable[[BaseException], Category | None], ...] = (
        _own,
        _of_parts,
        _of_tls,
        lambda link: None if _is_translation(link) else _known(link),
        _known,
        _word_of_dlt,
    )
    verdicts = (category for judge in judges for link in chain if (category := judge(link)) is not None)
    return next(verdicts, None)


def category_of_status(status: int) -> Category:
    """What an HTTP status from 400 on says."""
    if status in _DENIED_HTTP:
        return Category.PERMANENT
    if status in _TRANSIENT_HTTP or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return Category.TRANSIENT
    return Category.CONFIGURATION


def _own(error: BaseException) -> Category | None:
    """What an error of ours says of itself, or the fault that it carries."""
    for owner in (error, getattr(error, "fault", None)):
        own = getattr(owner, "category", None)
        if isinstance(own, Category):
            return own
    return None


def _of_parts(error: BaseException) -> Category | None:
    """Dlt gives up a package for one of its files, while others may be loaded."""
    is_part = isinstance(error, LoadClientJobFailed | LoadClientJobTerminalRetry | LoadPackageAborted)
    return Category.PARTIAL if is_part else None


def _of_tls(error: BaseException) -> Category | None:
    """What the handshake says, which HTTP clients fold into one error for certificates, cut connections and wrong ports."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Category.CONFIGURATION
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Category.TRANSIENT
    # aiohttp's errors are SSLErrors without a reason
    is_foreign = isinstance(error, ssl.SSLError) and getattr(error, "reason", None) in _NOT_TLS
    return Category.CONFIGURATION if is_foreign else None


def _is_translation(error: BaseException) -> bool:
    """Whether this is one of Python's own errors that a file system made of a store's answer, which says more."""
    return isinstance(error, OSError) and type(error).__module__ == "builtins" and error.__cause__ is not None


def _known(error: BaseException) -> Category | None:
    """What the error's codes or its type say."""
    return _of_answer(error) or sql_category(error) or storage_category(error) or _of_type(error)


def _of_answer(error: BaseException) -> Category | None:
    """What was answered over HTTP."""
    if aws_code(error) in _EXPIRED:
        return Category.TRANSIENT
    status = http_status(error)
    return None if status is None else category_of_status(status)


def _of_type(error: BaseException) -> Category | None:
    for types, category in TYPES:
        if isinstance(error, types):
            return category
    if _is_lost_connection(error):
        return Category.TRANSIENT
    if isinstance(error, OSError) and error.errno is not None:
        return Category.TRANSIENT if error.errno in _TRANSIENT_ERRNO else Category.PERMANENT
    return None


def _is_lost_connection(error: BaseException) -> bool:
    """Whether a client that need not be installed lost its connection; whose error it is has been imported."""
    for module, names in LOST_CONNECTIONS.items():
        loaded = sys.modules.get(module)
        types = tuple(getattr(loaded, name) for name in names) if loaded is not None else ()
        if isinstance(error, types):
            return True
    return False


def _word_of_dlt(error: BaseException) -> Category | None:
    if isinstance(error, TransientException):
        return Category.TRANSIENT
    if isinstance(error, TerminalException):
        return Category.PERMANENT
    # Without a code of the driver, these mean a connection that was not made or was lost.
    if isinstance(error, sql.OperationalError | sql.InterfaceError):
        return Category.TRANSIENT
    return None
