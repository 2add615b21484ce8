"""Decides whether an error's text can quote a row; if it can, only its type, its code and its place are reported.

A quoted value looks like any other quoted text, so the type or the code decides. An unknown error may quote a row.
"""

from __future__ import annotations

import http.client
import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Final

import requests
import sqlalchemy.exc as sql
import urllib3.exceptions as http3

from floe_ingestion_dlt.library_errors.databases import (
    MYSQL,
    MYSQL_DRIVERS,
    sql_code,
)

# Errors of connections, files, packages and catalogs, whose texts are about places and settings.
_SHOWN_TYPES: Final = (
    OSError,
    EOFError,
    ImportError,
    MemoryError,
    http.client.HTTPException,
    requests.RequestException,
    http3.HTTPError,
    sql.NoSuchTableError,
    sql.NoSuchModuleError,
)
_SHOWN_MODULES: Final = frozenset(
    {"aiohttp", "azure", "botocore", "floe_ingestion_dlt", "gcsfs", "google", "msal", "oauthlib"}
)
_SHOWN_NAMES: Final = frozenset({"duckdb.IOException", "duckdb.HTTPException", "duckdb.OutOfMemoryException"})
# Classes of SQLSTATE about connections, names, rights and resources. 22, 23 and P0 are not among them, because they quote values.
_SHOWN_STATES: Final = frozenset(
    {"08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58"}
)
# The numbers of the client library; 1064 is a server error that quotes the statement.
_MYSQL_CLIENT: Final = range(2000, 3000)
_MYSQL_QUOTES: Final = 1064
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
_STANDARD: Final = Path(http.client.__file__).parents[1]


def may_quote_rows(error: BaseException) -> bool:
    """Whether the text of *error* may contain a value of a row."""
    if isinstance(error, sql.DBAPIError):
        return error.orig is None or may_quote_rows(error.orig)
    module, name = type(error).__module__, type(error).__name__
    package = module.partition(".")[0]
    if package in {"psycopg", "psycopg2", "sqlite3"} or package in MYSQL_DRIVERS:
        return not _is_shown_by_code(error, package)
    is_shown = isinstance(error, _SHOWN_TYPES) or package in _SHOWN_MODULES
    return not (is_shown or module == "pyiceberg.exceptions" or f"{package}.{name}" in _SHOWN_NAMES)


def _is_shown_by_code(error: BaseException, package: str) -> bool:
    if package in MYSQL_DRIVERS:
        number = error.args[0] if error.args else None
        known = isinstance(number, int) and (number in MYSQL or number in _MYSQL_CLIENT or number == 0)
        return known and number != _MYSQL_QUOTES
    if isinstance(error, sqlite3.Error):
        # without a code it is Python's own error, for a text that is not UTF-8
        return isinstance(getattr(error, "sqlite_errorcode", None), int)
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if isinstance(state, str):
        return state[:2] in _SHOWN_STATES
    return type(error).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}


def unquoted(error: BaseException) -> str:
    """The text that is reported for an error that may quote a row: its type, its place in the code, and its code."""
    known = [f"at {place}" if (place := place_in_code(error)) else "", sql_code(error) or ""]
    more = "; ".join(
        filter(None, (", ".join(filter(None, known)), "its text may quote a row, so it is not shown"))
    )
    return f"{type(error).__name__} ({more})"


def place_in_code(error: BaseException) -> str | None:
    """The innermost line of the user's own code that led to the error, or else of any code."""
    links = list(_frames(error.__traceback__))
    own = [link for link in links if not _is_installed(link[0])]
    if not links:
        return None
    path, line, function = (own or links)[-1]
    return f"{path.name}:{line} in {function}"


def _frames(link: TracebackType | None) -> list[tuple[Path, int, str]]:
    found = []
    while link is not None:
        code = link.tb_frame.f_code
        found.append((Path(code.co_filename), link.tb_lineno, code.co_name))
        link = link.tb_next
    return found


def _is_installed(path: Path) -> bool:
    """Whether a file belongs to a package or to Python."""
    return (
        not _INSTALLED.isdisjoint(path.parts) or path.is_relative_to(_STANDARD) or str(path).startswith("<")
    )
