"""pyiceberg's and its tools' exceptions as faults of ours: told apart by type and code, never by their words."""

from __future__ import annotations

import errno
import logging
import re
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeVar

import pyarrow as pa
import pydantic
import requests
from pyiceberg import exceptions as ice
from returns.result import Failure, Result, Success
from sqlalchemy import exc as sql

from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitFault,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
)

LOG: Final = logging.getLogger(__name__)

ValueT = TypeVar("ValueT")
FaultT = TypeVar("FaultT")

UNREACHABLE: Final = "Check that the catalog and its storage are up and reachable from here, then run again."
DENIED: Final = "Check the catalog's credential, scope and grants: this principal may not do that."
MISCONFIGURED: Final = "Check catalog_config: type, uri, warehouse and the settings of the file system."
NO_CATALOG: Final = (
    "Set catalog_config.uri to the address of an Iceberg REST catalog (Polaris: .../api/catalog)."
)
UNTRUSTED: Final = "Set catalog_config.ssl to {cabundle: <file>} with the certificate of the authority that signed the server's."
STORAGE_DENIED: Final = (
    "Check what the storage is entered with: the s3. keys of catalog_config or, where the catalog vends keys,"
    " the catalog's storage settings and this principal's grants."
)
STORAGE_UNTRUSTED: Final = "Set the environment variable SSL_CERT_FILE to a file with the certificate of the authority that signed the storage's."
ANOTHER_REGION: Final = "Set s3.region (and s3.endpoint, if there is one) to where the bucket is."
NO_BUCKET: Final = "Create the bucket that the cause names, or correct the catalog's location."
DISK_FULL: Final = (
    "Free space (or raise the quota) where the tables or the local working folder are, then run again."
)

DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED_ERRORS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

# Arrow raises OSError for whatever S3 answers; which answer it was stands nowhere but in its text.
S3_ANSWER: Final = re.compile(r"AWS Error (?P<code>[A-Z_]+)(?: \(HTTP status (?P<status>\d{3})\))? during")
# What Arrow has no code for, it names as S3 does; these tell that the bucket is in another region.
S3_ELSEWHERE: Final = re.compile(
    r"HTTP status 30[1278]|ExceptionName: (PermanentRedirect|AuthorizationHeaderMalformed)\b"
)
# curl's own codes for a certificate whose authority is unknown, or whose authorities cannot be read.
S3_UNTRUSTED: Final = re.compile(r"curlCode: (60|77)\b")
S3_DENIALS: Final = frozenset(
    {
        "ACCESS_DENIED",
        "INCOMPLETE_SIGNATURE",
        "INVALID_ACCESS_KEY_ID",
        "INVALID_CLIENT_TOKEN_ID",
        "INVALID_SIGNATURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "SIGNATURE_DOES_NOT_MATCH",
        "UNRECOGNIZED_CLIENT",
    }
)
NO_S3_BUCKET: Final = "NO_SUCH_BUCKET"

TRANSIENT_TYPES: Final = (
    ice.ServiceUnavailableError,
    ice.ServerError,
    ice.TooManyRequestsError,
    ice.AuthorizationExpiredError,
    ice.CommitStateUnknownException,
    ice.WaitingForLockException,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    sql.OperationalError,
    sql.TimeoutError,
    ConnectionError,
    TimeoutError,
)
# With these a REST catalog says that it did not commit; most of them have no exception of their own in pyiceberg.
REFUSING_STATUSES: Final = frozenset({400, 401, 403, 404, 405, 406, 422})

DENIED_TYPES: Final = (ice.UnauthorizedError, ice.ForbiddenError, ice.OAuthError, ice.SignError)


class CatalogUnusableError(Exception):
    """A catalog cannot be made of what was configured."""


CONFIGURATION_TYPES: Final = (
    CatalogUnusableError,
    ice.BadRequestError,
    ice.NotInstalledError,
    ice.NoSuchPropertyException,
    ice.NoSuchNamespaceError,
    ImportError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    sql.ArgumentError,
)

# An answer for people may be a whole page in one line.
LONGEST_CAUSE: Final = 500
SERVERS_OWN: Final = HTTPStatus.INTERNAL_SERVER_ERROR

PASSWORD_IN_URL: Final = re.compile(r"(?<=://)[^/@\s]*:[^\s]*@")

RULES: Final = (
    (TRANSIENT_TYPES, Category.TRANSIENT, UNREACHABLE),
    (DENIED_TYPES, Category.PERMANENT, DENIED),
    (CONFIGURATION_TYPES, Category.CONFIGURATION, MISCONFIGURED),
    (pa.ArrowException, Category.PERMANENT, "Look at the value and the column that the cause names."),
)
UNKNOWN_RULE: Final = (Category.PERMANENT, "Read the cause; at level DEBUG the log has the traceback.")


def fault_of(error: BaseException) -> DestinationFailed:
    """What *error* means for a load, and what to do about it."""
    category, next_step = _rule_for(error) or UNKNOWN_RULE
    return DestinationFailed(cause_of(error), category, next_step)


def _rule_for(error: BaseException) -> tuple[Category, str] | None:
    # A connection that is closed while it is being secured says nothing of a certificate.
    if isinstance(error, requests.exceptions.SSLError) and _comes_of(error, ssl.SSLCertVerificationError):
        return Category.CONFIGURATION, UNTRUSTED
    rule = next(
        ((category, next_step) for types, category, next_step in RULES if isinstance(error, types)), None
    )
    if isinstance(error, OSError):
        return _of_system(error) or _of_storage(error) or rule or _of_status(error)
    if isinstance(error, pydantic.ValidationError):
        return _of_body(error)
    return rule or _of_status(error)


def _comes_of(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Whether the error, or one that led to it, is of that kind."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def _of_body(error: pydantic.ValidationError) -> tuple[Category, str]:
    """A REST catalog's answer that is none: JSON that was cut on its way, or what something else says, such as a page."""
    (first, *_) = error.errors(include_url=False)
    begins = str(first["input"]).lstrip()[:1]
    if first["type"] == "json_invalid" and begins in {"", "{", "["}:
        return Category.TRANSIENT, UNREACHABLE
    return Category.CONFIGURATION, NO_CATALOG


def _of_system(error: OSError) -> tuple[Category, str] | None:
    if error.errno in DISK_ERRORS:
        return Category.PERMANENT, DISK_FULL
    return (Category.PERMANENT, DENIED) if error.errno in DENIED_ERRORS else None


def _of_storage(error: OSError) -> tuple[Category, str] | None:
    """What an object storage answered; what it says of itself, or nothing that it could say, may pass."""
    answer = S3_ANSWER.search(str(error))
    if answer is None:
        return None
    if S3_UNTRUSTED.search(str(error)):
        return Category.CONFIGURATION, STORAGE_UNTRUSTED
    if S3_ELSEWHERE.search(str(error)):
        return Category.CONFIGURATION, ANOTHER_REGION
    if answer["code"] == NO_S3_BUCKET:
        return Category.CONFIGURATION, NO_BUCKET
    is_denial = answer["code"] in S3_DENIALS or answer["status"] in {"401", "403"}
    return (Category.PERMANENT, STORAGE_DENIED) if is_denial else (Category.TRANSIENT, UNREACHABLE)


def _of_status(error: BaseException) -> tuple[Category, str] | None:
    """What the HTTP status says where pyiceberg has no exception of its own for it."""
    status = status_of(error)
    if status is None:
        return None
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Category.PERMANENT, DENIED
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS} or status >= SERVERS_OWN:
        return Category.TRANSIENT, UNREACHABLE
    return Category.CONFIGURATION, MISCONFIGURED


def has_rule(error: BaseException) -> bool:
    """Whether a rule of ours knows this type of error."""
    return _rule_for(error) is not None or isinstance(error, OSError)


def cause_of(error: BaseException) -> str:
    """The error in one line, without passwords and what SQLAlchemy adds of statements and their values."""
    if isinstance(error, CatalogUnusableError):
        return str(error)
    inner = error.orig if isinstance(error, sql.DBAPIError) and error.orig is not None else error
    if isinstance(inner, pydantic.ValidationError):
        return f"{inner.title}: what was answered is not what a REST catalog answers"
    first_line = PASSWORD_IN_URL.sub("", next(iter(str(inner).splitlines()), ""))[:LONGEST_CAUSE]
    return f"{type(inner).__name__}: {first_line}" if first_line else type(inner).__name__


def commit_fault_of(error: BaseException, table: str, load_id: str) -> CommitFault:
    """What *error* says of a commit that was sent: a lost race, a no, or nothing that can be relied on."""
    if isinstance(error, ice.CommitFailedException):
        return CommitConflict(table, load_id, cause_of(error))
    if isinstance(error, (*DENIED_TYPES, *CONFIGURATION_TYPES, ice.NoSuchTableError)):
        return CommitRefused(table, load_id, cause_of(error))
    if status_of(error) in REFUSING_STATUSES:
        return CommitRefused(table, load_id, cause_of(error))
    # What is written to files is written before the catalog is asked.
    found = (_of_system(error) or _of_storage(error)) if isinstance(error, OSError) else None
    if found is not None and found[0] is not Category.TRANSIENT:
        return CommitRefused(table, load_id, cause_of(error))
    return CommitUnknown(table, load_id, cause_of(error))


def status_of(error: BaseException) -> int | None:
    """The HTTP status that *error* tells, or was made of."""
    for answer in (error, error.__cause__):
        if isinstance(answer, requests.HTTPError) and answer.response is not None:
            return answer.response.status_code
    return None


def log_failure(what: str, error: BaseException) -> None:
    """Log the traceback at level DEBUG, unless an answer stands in it, which may have keys and tokens."""
    if _comes_of(error, pydantic.ValidationError):
        LOG.debug("%s: %s, of an answer that is not shown", what, type(error).__name__)
    else:
        LOG.debug(what, exc_info=error)


def guarded(act: Callable[[], Result[ValueT, FaultT]]) -> Result[ValueT, FaultT | DestinationFailed]:
    """The adapter's edge: whatever pyiceberg and its tools raise leaves as a fault."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - this is the edge
        log_failure("the catalog or its storage failed", error)
        return Failure(fault_of(error))


def answered(act: Callable[[], ValueT]) -> Result[ValueT, DestinationFailed]:
    """The adapter's edge for what cannot fail in any other way."""
    return guarded(lambda: Success(act()))
