"""What libraries log while they work for us, without the credentials in it.

At level DEBUG, HTTP clients log URLs with their queries, storage clients what they sign and sign with, and dlt the text of
every error. Their loggers are Python's, so records are cleaned where Python makes them, and only those of libraries that
work for us: what the rest of the process logs is not ours to change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final, final
from weakref import WeakSet

from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.library_errors.wording import traceback_of

LIBRARIES: Final = frozenset(
    {
        "adlfs",
        "aiobotocore",
        "aiohttp",
        "asyncio",
        "azure",
        "boto3",
        "botocore",
        "dlt",
        "fsspec",
        "gcsfs",
        "google",
        "httpx",
        "msal",
        "oauthlib",
        "psycopg",
        "pyiceberg",
        "pymysql",
        "requests",
        "requests_oauthlib",
        "s3fs",
        "s3transfer",
        "sqlalchemy",
        "urllib3",
    }
)


# What we say ourselves is cleaned of known credentials only: advice may name a password.
OURS: Final = "floe_ingestion_dlt"


@final
class LibraryLogs:
    """While it is `begin`-ed, records of libraries are cleaned of what looks like a credential, and by *redact*."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self.redact = redact

    def begin(self) -> None:
        """Clean from now on; once is enough."""
        factory = logging.getLogRecordFactory()
        if not isinstance(factory, _CleaningFactory):
            factory = _CleaningFactory(factory)
            logging.setLogRecordFactory(factory)
        factory.cleaners.add(self)

    def end(self) -> None:
        """Leave records alone, and Python's logging as it was; what somebody has put in front of us since stays."""
        factory = logging.getLogRecordFactory()
        if isinstance(factory, _CleaningFactory):
            factory.cleaners.discard(self)
            if not factory.cleaners:
                logging.setLogRecordFactory(factory.before)


@final
class _CleaningFactory:
    """Makes log records, for everyone in the process who wants them cleaned; who is gone is forgotten."""

    def __init__(self, before: Callable[..., logging.LogRecord]) -> None:
        self.before = before
        self.cleaners: WeakSet[LibraryLogs] = WeakSet()

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record = self.before(*args, **kwargs)
        origin = (record.name or "").partition(".")[0]  # logging.makeLogRecord makes them without a name
        if self.cleaners and (origin in LIBRARIES or origin == OURS):
            self._clean(record, redacted if origin in LIBRARIES else str)
        return record

    def _clean(self, record: logging.LogRecord, also: Callable[[str], str]) -> None:
        # A mapping is what structlog hands to a formatter of its own.
        if not isinstance(record.msg, Mapping):
            record.msg, record.args = also(self._plain(_message_of(record))), None
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            traceback = traceback_of(record.exc_info[1]).rstrip()
            record.exc_text, record.exc_info = also(self._plain(traceback)), None

    def _plain(self, text: str) -> str:
        for cleaner in tuple(self.cleaners):
            text = cleaner.redact(text)
        return text


def _message_of(record: logging.LogRecord) -> str:
    """The record's message; a call that does not fit its own format is forgiven here as it is by logging's handlers."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"
