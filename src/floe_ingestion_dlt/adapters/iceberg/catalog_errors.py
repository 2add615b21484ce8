"""Turns exceptions of pyiceberg and its tools into faults, by their types and codes, never by their texts."""

from __future__ import annotations

import errno
import ssl
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, TypeVar

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
from floe_ingestion_dlt.library_errors.categories import categorize_error, known_category
from floe_ingestion_dlt.library_errors.causes import causes, retry_after
from floe_ingestion_dlt.library_errors.error_texts import log_traceback, one_line
from floe_ingestion_dlt.library_errors.next_steps import connection_in_words
from floe_ingestion_dlt.library_errors.source_errors import address_in_words
from floe_ingestion_dlt.library_errors.storage import StorageAnswer, storage_answer

ValueT = TypeVar("ValueT")
FaultT = TypeVar("FaultT")

UNREACHABLE: Final = "Check that the catalog and its storage are up and reachable from here, then run again."
DENIED: Final = "Check the catalog's credential, scope and grants: this principal may not do that."
MISCONFIGURED: Final = "Check catalog_config: type, uri, warehouse and the settings of the file system."
NO_CATALOG: Final = (
    "Set catalog_config.uri to the address of an Iceberg REST catalog (Polaris: .../api/catalog)."
)
UNTRUSTED: Final = "Set catalog_config.ssl to {cabundle: <file>} with the certificate of the authority that signed the server's certificate."
STORAGE_DENIED: Final = (
    "Check the credentials for the storage: the s3. keys of catalog_config or, if the catalog vends keys, the catalog's"
    " storage settings and this principal's grants."
)
STORAGE_UNTRUSTED: Final = "Set the environment variable SSL_CERT_FILE to a file with the certificate of the authority that signed the storage's certificate."
ANOTHER_REGION: Final = "Set s3.region (and s3.endpoint, if it is set) to those of the bucket."
NO_BUCKET: Final = "Create the bucket that the cause names, or correct the catalog's location."
DISK_FULL: Final = (
    "Free space (or raise the quota) where the tables or the local working folder are, then run again."
)

EXPIRED: Final = (
    "Run again: new credentials are requested. If that does not help, renew the configured credentials."
)

DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED_ERRORS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

# With these a REST catalog answers that it did not commit. pyiceberg has no exception for most of them.
REFUSING_STATUSES: Final = frozenset({400, 401, 403, 404, 405, 406, 422})

DENIED_TYPES: Final = (ice.UnauthorizedError, ice.ForbiddenError, ice.OAuthError, ice.SignError)


class CatalogUnusableError(Exception):
    """A catalog cannot be opened with the configured settings."""


class AdvisedError(Exception):
    """Something cannot be used as it is; *next_step* says what to do."""

    category: ClassVar[Category] = Category.PERMANENT

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.next_step = next_step


class UnreadableFileError(AdvisedError):
    """A data file that another engine wrote cannot be read."""


class DamagedMetadataError(AdvisedError):
    """The metadata file of a table is not one."""


class AnswerRefusedError(AdvisedError):
    """A catalog's answer sets something that no answer may decide."""

    category = Category.CONFIGURATION


class MemoryTooSmallError(AdvisedError):
    """The memory that is set is not enough for a merge."""

    category = Category.CONFIGURATION


class RedirectRefusedError(AdvisedError):
    """A catalog redirects to another server. Whether it carried out the request is unknown."""

    category = Category.CONFIGURATION


# These are raised before anything is sent.
REFUSING_TYPES: Final = (
    *DENIED_TYPES,
    AnswerRefusedError,
    CatalogUnusableError,
    ice.BadRequestError,
    ice.NotInstalledError,
    ice.NoSuchPropertyException,
    ice.NoSuchNamespaceError,
    ice.NoSuchTableError,
    ImportError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    sql.ArgumentError,
)

ADVICE_ON_STORAGE: Final[Mapping[StorageAnswer, str]] = {
    StorageAnswer.UNTRUSTED: STORAGE_UNTRUSTED,
    StorageAnswer.ELSEWHERE: ANOTHER_REGION,
    StorageAnswer.NO_BUCKET: NO_BUCKET,
    StorageAnswer.EXPIRED: EXPIRED,
    StorageAnswer.DENIED: STORAGE_DENIED,
    StorageAnswer.BUSY: UNREACHABLE,
}
ADVICE: Final[Mapping[Category, str]] = {
    Category.TRANSIENT: UNREACHABLE,
    Category.CONFIGURATION: MISCONFIGURED,
    Category.PERMANENT: "Read the cause; at level DEBUG the log has the traceback.",
    Category.PARTIAL: "Run again: the missing part is loaded then.",
}


def fault_of(error: BaseException) -> DestinationFailed:
    """What *error* means for a load, and what to do about it."""
    category, next_step = _special(error) or _usual(error)
    return DestinationFailed(cause_of(error), category, next_step, retry_after(error))


def _usual(error: BaseException) -> tuple[Category, str]:
    category = categorize_error(error)
    is_denial = isinstance(error, DENIED_TYPES) or status_of(error) in {401, 403}
    return category, DENIED if is_denial and category is Category.PERMANENT else ADVICE[category]


def _special(error: BaseException) -> tuple[Category, str] | None:
    """The fault for errors with a more specific next step than that of their category."""
    # A connection that is closed during the TLS handshake says nothing about a certificate.
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in causes(error)):
        return Category.CONFIGURATION, UNTRUSTED
    if isinstance(error, CatalogUnusableError):
        return Category.CONFIGURATION, MISCONFIGURED
    if isinstance(error, AdvisedError):
        return error.category, error.next_step
    if isinstance(error, pa.ArrowException):
        return Category.PERMANENT, "Look at the value and the column that the cause names."
    if isinstance(error, pydantic.ValidationError):
        return _of_body(error)
    return _of_system(error) if isinstance(error, OSError) else None


def _of_body(error: pydantic.ValidationError) -> tuple[Category, str]:
    """The fault for an answer that is not a REST catalog's: truncated JSON, or something else, such as an HTML page."""
    (first, *_) = error.errors(include_url=False)
    begins = str(first["input"]).lstrip()[:1]
    if first["type"] == "json_invalid" and begins in {"", "{", "["}:
        return Category.TRANSIENT, UNREACHABLE
    return Category.CONFIGURATION, NO_CATALOG


def _of_system(error: OSError) -> tuple[Category, str] | None:
    """The fault for an error of the operating system or of an object store."""
    if error.errno in DISK_ERRORS:
        return Category.PERMANENT, DISK_FULL
    if error.errno in DENIED_ERRORS:
        return Category.PERMANENT, DENIED
    answer = storage_answer(error)
    return None if answer is None else (answer.category, ADVICE_ON_STORAGE[answer])


def has_rule(error: BaseException) -> bool:
    """Whether there is a rule for this type of error."""
    return _special(error) is not None or known_category(error) is not None or isinstance(error, OSError)


def cause_of(error: BaseException, *, has_rows: bool = True) -> str:
    """The error in one line, without passwords and without the statements and values that SQLAlchemy adds.

    Its text is kept if it cannot quote a row: because of its type, or because *has_rows* is false.
    """
    if isinstance(error, CatalogUnusableError | AdvisedError):
        return str(error)
    if isinstance(error, pydantic.ValidationError):
        return f"{error.title}: the answer is not that of a REST catalog"
    if isinstance(error, requests.ConnectionError) and (words := connection_in_words(error)) is not None:
        return f"{address_in_words(getattr(error.request, 'url', None) or '')}: {words}".removeprefix(": ")
    return one_line(error, has_rows=has_rows)


def commit_fault_of(error: BaseException, table: str, load_id: str) -> CommitFault:
    """What *error* means for a commit that was sent: another writer was first, the catalog refused, or the outcome is unknown."""
    if isinstance(error, ice.CommitFailedException):
        return CommitConflict(table, load_id, cause_of(error))
    if isinstance(error, REFUSING_TYPES):
        return CommitRefused(table, load_id, cause_of(error))
    if status_of(error) in REFUSING_STATUSES:
        return CommitRefused(table, load_id, cause_of(error))
    # Files are written before the request is sent to the catalog.
    found = _of_system(error) if isinstance(error, OSError) else None
    if found is not None and found[0] is not Category.TRANSIENT:
        return CommitRefused(table, load_id, cause_of(error))
    return CommitUnknown(table, load_id, cause_of(error), retry_after=retry_after(error))


def status_of(error: BaseException) -> int | None:
    """The HTTP status of *error*, or of its cause."""
    for answer in (error, error.__cause__):
        if isinstance(answer, requests.HTTPError) and answer.response is not None:
            return answer.response.status_code
    return None


def guarded(act: Callable[[], Result[ValueT, FaultT]]) -> Result[ValueT, FaultT | DestinationFailed]:
    """Run *act* and return as a fault whatever pyiceberg and its tools raise."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - this is the edge
        log_traceback("the catalog or its storage failed", error)
        return Failure(fault_of(error))


def answered(act: Callable[[], ValueT]) -> Result[ValueT, DestinationFailed]:
    """The same for an *act* that returns a plain value."""
    return guarded(lambda: Success(act()))
