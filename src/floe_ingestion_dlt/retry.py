"""Which errors are worth another attempt, and making it: by types and codes, never by the words of a message."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

import pydantic
import requests
import sqlalchemy.exc as sql
import tenacity
import urllib3.exceptions as http3
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.exceptions import DictValidationException, TerminalException, TransientException
from dlt.pipeline.exceptions import PipelineStepFailed
from pyiceberg import exceptions as ice
from returns.result import Failure, Result

from floe_ingestion_dlt.domain.faults import Category, Fault
from floe_ingestion_dlt.domain.retry import RetryPolicy

ErrorCategory = Category
ValueT = TypeVar("ValueT")

_TRANSIENT_HTTP: Final = frozenset({408, 425, 429})
_DENIED_HTTP: Final = frozenset({401, 403, 407, 409, 451, 501})

# The first entry that fits speaks, so a subclass stands before its base.
_TYPES: Final[tuple[tuple[tuple[type[BaseException], ...], Category], ...]] = (
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
            ssl.SSLCertVerificationError,
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

# SQLSTATE: the whole code speaks before its class. https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES: Final[Mapping[str, Category]] = {
    "08": Category.TRANSIENT,
    "28": Category.PERMANENT,
    "3D": Category.CONFIGURATION,
    "3F": Category.CONFIGURATION,
    "40": Category.TRANSIENT,
    "42": Category.CONFIGURATION,
    "42501": Category.PERMANENT,
    "53": Category.TRANSIENT,
    "55P03": Category.TRANSIENT,
    "57": Category.TRANSIENT,
    "57014": Category.PERMANENT,
}
# MySQL and MariaDB: error numbers of the server and of the client library.
_MYSQL: Final[Mapping[int, Category]] = {
    **dict.fromkeys((1044, 1045, 1142, 1143, 1227, 1698), Category.PERMANENT),
    **dict.fromkeys((1049, 1054, 1064, 1146), Category.CONFIGURATION),
    **dict.fromkeys((1040, 1205, 1213, 2002, 2003, 2006, 2013, 2055), Category.TRANSIENT),
}
# SQLite's primary result codes: ERROR, PERM, BUSY, LOCKED, IOERR, CANTOPEN, AUTH, NOTADB.
_SQLITE: Final[Mapping[int, Category]] = {
    1: Category.CONFIGURATION,
    3: Category.PERMANENT,
    5: Category.TRANSIENT,
    6: Category.TRANSIENT,
    10: Category.TRANSIENT,
    14: Category.PERMANENT,
    23: Category.PERMANENT,
    26: Category.CONFIGURATION,
}


def categorize_error(error: BaseException) -> ErrorCategory:
    """Whether trying again can help: what the outermost error in the chain that says anything says, else PERMANENT.

    dlt's own word (transient or terminal) counts only when no cause beneath it is known.
    """
    chain = tuple(causes(error))
    for judge in (_known, _word_of_dlt):
        for link in chain:
            if (category := judge(link)) is not None:
                return category
    return Category.PERMANENT


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all it was caused by, each once, wrappers first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop(0)
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        wrapped = link.exception if isinstance(link, PipelineStepFailed) else None
        driver = link.orig if isinstance(link, sql.DBAPIError) else None
        context = None if link.__suppress_context__ else link.__context__
        waiting += [wrapped, link.__cause__, context, driver]


def http_status(error: BaseException) -> int | None:
    """The HTTP status that *error* carries, wherever its library keeps it."""
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore
        return _as_status(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    found = (
        getattr(response, "status_code", None),  # requests
        getattr(error, "status_code", None),  # azure
        getattr(error, "status", None),  # aiohttp
        getattr(error, "code", None),  # gcsfs, urllib
    )
    return next((status for place in found if (status := _as_status(place)) is not None), None)


def retrying(
    policy: RetryPolicy,
    act: Callable[[], Result[ValueT, Fault]],
    sleep: Callable[[float], None],
    told: Callable[[int, Fault], None],
) -> Result[ValueT, Fault]:
    """Act until it succeeds or the policy says stop; *told* hears the number of each retry and the fault before it."""

    def again(state: tenacity.RetryCallState) -> bool:
        fault = _fault_in(state)
        return fault is not None and policy.allows(state.attempt_number, fault)

    def tell(state: tenacity.RetryCallState) -> None:
        if (fault := _fault_in(state)) is not None:
            told(state.attempt_number, fault)

    attempts = tenacity.Retrying(
        retry=again,
        wait=lambda state: policy.delay_before(state.attempt_number),
        stop=tenacity.stop_never,
        sleep=sleep,
        before_sleep=tell,
    )
    return attempts(act)


def _fault_in(state: tenacity.RetryCallState) -> Fault | None:
    if state.outcome is None or state.outcome.failed:
        return None
    result: Result[object, Fault] = state.outcome.result()
    return result.failure() if isinstance(result, Failure) else None


def _known(error: BaseException) -> Category | None:
    """What the error's own category, its codes or its type say."""
    for owner in (error, getattr(error, "fault", None)):
        own = getattr(owner, "category", None)
        if isinstance(own, Category):
            return own
    status = http_status(error)
    if status is not None:
        return _of_status(status)
    if (of_sql := sql_category(error)) is not None:
        return of_sql
    for types, category in _TYPES:
        if isinstance(error, types):
            return category
    if isinstance(error, OSError) and error.errno is not None:
        return Category.TRANSIENT if error.errno in _TRANSIENT_ERRNO else Category.PERMANENT
    return None


def _word_of_dlt(error: BaseException) -> Category | None:
    if isinstance(error, TransientException):
        return Category.TRANSIENT
    if isinstance(error, TerminalException):
        return Category.PERMANENT
    # Without a code of the driver, these mean a connection that was not made or was lost.
    if isinstance(error, sql.OperationalError | sql.InterfaceError):
        return Category.TRANSIENT
    return None


def sql_category(error: BaseException) -> Category | None:
    """What the code of a database driver's error says: PERMANENT for one that no table has; None without a code."""
    if isinstance(error, sql.DBAPIError):
        if error.connection_invalidated:
            return Category.TRANSIENT
        return sql_category(error.orig) if error.orig is not None else None
    if isinstance(code := getattr(error, "sqlite_errorcode", None), int):
        return _SQLITE.get(code & 0xFF, Category.PERMANENT)
    for name in ("sqlstate", "pgcode"):
        if isinstance(state := getattr(error, name, None), str):
            return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2], Category.PERMANENT)
    number = error.args[0] if error.args else None
    if type(error).__module__.partition(".")[0] in {"pymysql", "MySQLdb", "mysql"} and isinstance(
        number, int
    ):
        return _MYSQL.get(number, Category.PERMANENT)
    return None


def _of_status(status: int) -> Category:
    if status in _DENIED_HTTP:
        return Category.PERMANENT
    if status in _TRANSIENT_HTTP or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        return Category.TRANSIENT
    return Category.CONFIGURATION


def _as_status(value: object) -> int | None:
    """A status that tells of a failure: an integer from 400 to 599."""
    if isinstance(value, int) and http.HTTPStatus.BAD_REQUEST <= value < 600:  # noqa: PLR2004 - see above
        return int(value)
    return None
