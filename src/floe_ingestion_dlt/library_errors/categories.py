"""The categories of errors, by types and codes, never by the words of a message."""

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
# AWS's codes for expired credentials; a new request gets new ones.
_EXPIRED: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
)

# The first entry that matches decides, so a subclass must come before its base.
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

# Types of packages that may not be installed; each means that a connection failed, was lost, or did not answer.
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
# Reasons of errors for TLS with a server that does not support it.
_NOT_TLS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE"}
)


def categorize_error(error: BaseException) -> Category:
    """Whether trying again can help: the category of the outermost error in the chain that has one, else PERMANENT.

    dlt's own classification (transient or terminal) counts only if no other error in the chain has a category.
    """
    return known_category(error) or Category.PERMANENT


def known_category(error: BaseException) -> Category | None:
    """The category of the error, or None if no error in the chain has one."""
    chain = tuple(causes(error))
    rules: tuple[Callable[[BaseException], Category | None], ...] = (
        _own,
        _of_parts,
        _of_tls,
        lambda link: None if _is_translation(link) else _known(link),
        _known,
        _of_dlt,
    )
    found = (category for rule in rules for link in chain if (category := rule(link)) is not None)
    return next(found, None)


def category_of_status(status: int) -> Category:
    """The category of an HTTP status of 400 or above."""
    if status in _DENIED_HTTP:
        return Category.PERMANENT
    if status in _TRANSIENT_HTTP or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return Category.TRANSIENT
    return Category.CONFIGURATION


def _own(error: BaseException) -> Category | None:
    """The category of an error of this package, or of the fault that it carries."""
    for owner in (error, getattr(error, "fault", None)):
        own = getattr(owner, "category", None)
        if isinstance(own, Category):
            return own
    return None


def _of_parts(error: BaseException) -> Category | None:
    """PARTIAL where dlt gives up a package because of one file, while other files may be loaded."""
    is_part = isinstance(error, LoadClientJobFailed | LoadClientJobTerminalRetry | LoadPackageAborted)
    return Category.PARTIAL if is_part else None


def _of_tls(error: BaseException) -> Category | None:
    """The category of a TLS handshake's error; HTTP clients use one error for certificates, lost connections and wrong ports."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Category.CONFIGURATION
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Category.TRANSIENT
    # aiohttp's errors are SSLErrors without a reason
    is_no_tls = isinstance(error, ssl.SSLError) and getattr(error, "reason", None) in _NOT_TLS
    return Category.CONFIGURATION if is_no_tls else None


def _is_translation(error: BaseException) -> bool:
    """Whether a file system raised this error of Python's for a store's answer, which is more precise."""
    return isinstance(error, OSError) and type(error).__module__ == "builtins" and error.__cause__ is not None


def _known(error: BaseException) -> Category | None:
    """The category by the error's codes or its type."""
    return _of_answer(error) or sql_category(error) or storage_category(error) or _of_type(error)


def _of_answer(error: BaseException) -> Category | None:
    """The category of an answer over HTTP."""
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
    """Whether this error is in LOST_CONNECTIONS; the package of an error that was raised is imported."""
    for module, names in LOST_CONNECTIONS.items():
        loaded = sys.modules.get(module)
        types = tuple(getattr(loaded, name) for name in names) if loaded is not None else ()
        if isinstance(error, types):
            return True
    return False


def _of_dlt(error: BaseException) -> Category | None:
    if isinstance(error, TransientException):
        return Category.TRANSIENT
    if isinstance(error, TerminalException):
        return Category.PERMANENT
    # Without a code of the driver, these mean that a connection failed or was lost.
    if isinstance(error, sql.OperationalError | sql.InterfaceError):
        return Category.TRANSIENT
    return None
