"""The texts of libraries' errors, without credentials and rows."""

from __future__ import annotations

import logging
import traceback
from typing import Final

import pydantic
import sqlalchemy.exc as sql

from floe_ingestion_dlt.domain.redaction import LONGEST, redacted
from floe_ingestion_dlt.library_errors.causes import causes
from floe_ingestion_dlt.library_errors.quoting import may_quote_rows, unquoted

LOG: Final = logging.getLogger(__name__)

# An HTML page may be a single line.
LONGEST_LINE: Final = 500


def one_line(error: BaseException, *, has_rows: bool = True) -> str:
    """The error's type and the first line of its text, if that cannot quote a row; for a database, the driver's error."""
    inner = error.orig if isinstance(error, sql.DBAPIError) and error.orig is not None else error
    if has_rows and str(inner) and may_quote_rows(inner):
        return unquoted(inner)
    first_line = redacted(next(iter(str(inner).strip().splitlines()), ""))[:LONGEST_LINE]
    return f"{type(inner).__name__}: {first_line}" if first_line else type(inner).__name__


def log_traceback(what: str, error: BaseException) -> None:
    """Log the traceback at level DEBUG; of an answer that cannot be parsed only the type, because it may contain keys and tokens."""
    if not LOG.isEnabledFor(logging.DEBUG):
        return
    if any(isinstance(link, pydantic.ValidationError) for link in causes(error)):
        LOG.debug("%s: %s, of an answer that is not shown", what, type(error).__name__)
        return
    LOG.debug("%s\n%s", what, traceback_of(error))


def traceback_of(error: BaseException) -> str:
    """The places in code of the error and of each of its causes, innermost first, with the texts that may be shown.

    Source lines are left out, because they often contain the text of the error.
    """
    parts = ["\n".join((*_places(link), one_line(link))) for link in reversed(tuple(causes(error)))]
    # the end has the error itself
    return redacted("\n".join(parts)[-LONGEST:])


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}' for frame in frames]
