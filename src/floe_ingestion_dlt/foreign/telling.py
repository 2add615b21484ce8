"""Errors of libraries in words, without the credentials that they show."""

from __future__ import annotations

import logging
import traceback
from typing import Final

import pydantic
import sqlalchemy.exc as sql

from floe_ingestion_dlt.domain.redaction import LONGEST, redacted
from floe_ingestion_dlt.foreign.chain import causes

LOG: Final = logging.getLogger(__name__)

# An answer for people may be a whole page in one line.
LONGEST_LINE: Final = 500


def one_line(error: BaseException) -> str:
    """The error's type and the first line of its words; of a statement to a database, what the driver said."""
    inner = error.orig if isinstance(error, sql.DBAPIError) and error.orig is not None else error
    first_line = redacted(next(iter(str(inner).strip().splitlines()), ""))[:LONGEST_LINE]
    return f"{type(inner).__name__}: {first_line}" if first_line else type(inner).__name__


def log_traceback(what: str, error: BaseException) -> None:
    """Log the traceback at level DEBUG, but not of an answer that is none: keys and tokens may stand in it."""
    if not LOG.isEnabledFor(logging.DEBUG):
        return
    if any(isinstance(link, pydantic.ValidationError) for link in causes(error)):
        LOG.debug("%s: %s, of an answer that is not shown", what, type(error).__name__)
        return
    told = "".join(traceback.format_exception(error))
    # what it says stands at its end
    LOG.debug("%s\n%s", what, redacted(told[-LONGEST:]))
