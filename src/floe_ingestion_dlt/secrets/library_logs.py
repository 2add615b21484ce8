"""Removes credentials from the log records of the libraries that the plugin uses.

At level DEBUG, HTTP clients log URLs with their queries, storage clients log signed texts and keys, and dlt logs the text of
every error. The libraries use Python's logging, so records are redacted where Python creates them. Only records of these
libraries are changed, because the other loggers of the process do not belong to the plugin.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final, final
from weakref import WeakSet

from floe_ingestion_dlt.domain.redaction import redacted
from floe_ingestion_dlt.library_errors.error_texts import traceback_of

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


# Only known credentials are removed from the plugin's own records: a next step may contain the word password.
OURS: Final = "floe_ingestion_dlt"


@final
class LibraryLogs:
    """Between `begin` and `end`, removes from records of libraries what looks like a credential, and applies *redact*."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self.redact = redact

    def begin(self) -> None:
        """Start redacting; further calls have no effect."""
        factory = logging.getLogRecordFactory()
        if not isinstance(factory, _CleaningFactory):
            factory = _CleaningFactory(factory)
            logging.setLogRecordFactory(factory)
        factory.cleaners.add(self)

    def end(self) -> None:
        """Stop redacting and restore Python's record factory, unless another one was installed since."""
        factory = logging.getLogRecordFactory()
        if isinstance(factory, _CleaningFactory):
            factory.cleaners.discard(self)
            if not factory.cleaners:
                logging.setLogRecordFactory(factory.before)


@final
class _CleaningFactory:
    """Creates redacted log records for all plugins of the process; holds them by weak references."""

    def __init__(self, before: Callable[..., logging.LogRecord]) -> None:
        self.before = before
        self.cleaners: WeakSet[LibraryLogs] = WeakSet()

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record = self.before(*args, **kwargs)
        origin = (record.name or "").partition(".")[0]  # logging.makeLogRecord creates records without a name
        if self.cleaners and (origin in LIBRARIES or origin == OURS):
            self._clean(record, redacted if origin in LIBRARIES else str)
        return record

    def _clean(self, record: logging.LogRecord, also: Callable[[str], str]) -> None:
        # structlog passes a mapping to its own formatter.
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
    """The record's message; arguments that do not fit the format are no error, as in logging's handlers."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"
