"""pyiceberg's and its tools' exceptions as faults of ours: told apart by type and code, never by their words."""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Callable
from typing import Final, TypeVar

import pyarrow as pa
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
DISK_FULL: Final = (
    "Free space (or raise the quota) where the tables or the local working folder are, then run again."
)

DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
DENIED_ERRORS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

TRANSIENT_TYPES: Final = (
    ice.ServiceUnavailableError,
    ice.ServerError,
    ice.TooManyRequestsError,
    ice.AuthorizationExpiredError,
    ice.CommitStateUnknownException,
    ice.WaitingForLockException,
    requests.ConnectionError,
    requests.Timeout,
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

PASSWORD_IN_URL: Final = re.compile(r"(?<=://)[^/@\s]*:[^\s]*@")

RULES: Final = (
    (TRANSIENT_TYPES, Category.TRANSIENT, UNREACHABLE),
    (DENIED_TYPES, Category.PERMANENT, DENIED),
    (CONFIGURATION_TYPES, Category.CONFIGURATION, MISCONFIGURED),
    (pa.ArrowException, Category.PERMANENT, "Look at the value and the column that the cause names."),
)


def fault_of(error: BaseException) -> DestinationFailed:
    """What *error* means for a load, and what to do about it."""
    category, next_step = next(
        ((category, next_step) for types, category, next_step in RULES if isinstance(error, types)),
        (Category.PERMANENT, "Read the cause; at level DEBUG the log has the traceback."),
    )
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        category, next_step = Category.PERMANENT, DISK_FULL
    if isinstance(error, OSError) and error.errno in DENIED_ERRORS:
        category, next_step = Category.PERMANENT, DENIED
    return DestinationFailed(cause_of(error), category, next_step)


def has_rule(error: BaseException) -> bool:
    """Whether a rule of ours knows this type of error."""
    return any(isinstance(error, types) for types, _, _ in RULES) or isinstance(error, OSError)


def cause_of(error: BaseException) -> str:
    """The error in one line, without passwords and what SQLAlchemy adds of statements and their values."""
    if isinstance(error, CatalogUnusableError):
        return str(error)
    inner = error.orig if isinstance(error, sql.DBAPIError) and error.orig is not None else error
    first_line = PASSWORD_IN_URL.sub("", next(iter(str(inner).splitlines()), ""))
    return f"{type(inner).__name__}: {first_line}" if first_line else type(inner).__name__


def commit_fault_of(error: BaseException, table: str, load_id: str) -> CommitFault:
    """What *error* says of a commit that was sent: a lost race, a no, or nothing that can be relied on."""
    if isinstance(error, ice.CommitFailedException):
        return CommitConflict(table, load_id, cause_of(error))
    if isinstance(error, (*DENIED_TYPES, *CONFIGURATION_TYPES, ice.NoSuchTableError)):
        return CommitRefused(table, load_id, cause_of(error))
    if status_of(error) in REFUSING_STATUSES:
        return CommitRefused(table, load_id, cause_of(error))
    if isinstance(error, OSError) and error.errno in DISK_ERRORS | DENIED_ERRORS:
        return CommitRefused(table, load_id, cause_of(error))
    return CommitUnknown(table, load_id, cause_of(error))


def status_of(error: BaseException) -> int | None:
    """The HTTP status that *error* was made of."""
    answer = error.__cause__
    if isinstance(answer, requests.HTTPError) and answer.response is not None:
        return answer.response.status_code
    return None


def guarded(act: Callable[[], Result[ValueT, FaultT]]) -> Result[ValueT, FaultT | DestinationFailed]:
    """The adapter's edge: whatever pyiceberg and its tools raise leaves as a fault."""
    try:
        return act()
    except Exception as error:
        LOG.debug("the catalog or its storage failed", exc_info=True)
        return Failure(fault_of(error))


def answered(act: Callable[[], ValueT]) -> Result[ValueT, DestinationFailed]:
    """The adapter's edge for what cannot fail in any other way."""
    return guarded(lambda: Success(act()))
