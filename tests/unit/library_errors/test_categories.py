from __future__ import annotations

import errno
import http.client
import socket
import sqlite3
import urllib.error
from email.message import Message

import pytest
import requests
import sqlalchemy as sa
import urllib3.exceptions
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.destination.exceptions import DestinationTerminalException, DestinationTransientException
from dlt.common.exceptions import MissingDependencyException
from dlt.extract.exceptions import ResourceExtractionError
from pyiceberg.exceptions import CommitFailedException, ForbiddenError, NoSuchNamespaceError

from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.library_errors.categories import categorize_error
from floe_ingestion_dlt.library_errors.causes import causes


def answered(status: int) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("timeout", response=response)


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


class CodedError(Exception):
    """A database driver's error with an SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("anything")
        self.sqlstate = sqlstate


class AwsError(Exception):
    """An error as botocore has it."""

    response = {"ResponseMetadata": {"HTTPStatusCode": 403}}  # noqa: RUF012


def of_database(cause: BaseException) -> sa.exc.DBAPIError:
    return sa.exc.OperationalError("SELECT 'timeout'", {}, cause)


class TestCategory:
    @pytest.mark.parametrize(
        ("status", "category"),
        [
            (400, Category.CONFIGURATION),
            (401, Category.PERMANENT),
            (403, Category.PERMANENT),
            (404, Category.CONFIGURATION),
            (408, Category.TRANSIENT),
            (409, Category.PERMANENT),
            (422, Category.CONFIGURATION),
            (429, Category.TRANSIENT),
            (500, Category.TRANSIENT),
            (501, Category.PERMANENT),
            (503, Category.TRANSIENT),
        ],
    )
    def test_a_status_decides_whatever_the_words_are(self, status: int, category: Category) -> None:
        assert category is categorize_error(answered(status))
        assert category is categorize_error(urllib.error.HTTPError("u", status, "timeout", Message(), None))

    @pytest.mark.parametrize(
        ("error", "category"),
        [
            (requests.ConnectTimeout(), Category.TRANSIENT),
            (requests.ConnectionError(), Category.TRANSIENT),
            (requests.exceptions.SSLError(), Category.PERMANENT),
            (requests.exceptions.InvalidURL(), Category.CONFIGURATION),
            (urllib3.exceptions.ProtocolError(), Category.TRANSIENT),
            (http.client.RemoteDisconnected(""), Category.TRANSIENT),
            (ConnectionResetError(errno.ECONNRESET, "reset"), Category.TRANSIENT),
            (TimeoutError(), Category.TRANSIENT),
            (socket.gaierror(socket.EAI_NONAME, "no name"), Category.TRANSIENT),
            (OSError(errno.EHOSTUNREACH, "no route"), Category.TRANSIENT),
            (OSError(errno.ENOSPC, "timeout"), Category.PERMANENT),
            (FileNotFoundError(errno.ENOENT, "gone"), Category.PERMANENT),
            (PermissionError(errno.EACCES, "no"), Category.PERMANENT),
            (ImportError("connection timed out"), Category.CONFIGURATION),
            (MissingDependencyException("a", ["b"]), Category.CONFIGURATION),
            (ConfigurationValueError("503"), Category.CONFIGURATION),
            (sa.exc.NoSuchTableError("t"), Category.CONFIGURATION),
            (sa.exc.ArgumentError("u"), Category.CONFIGURATION),
            (CommitFailedException(), Category.TRANSIENT),
            (ForbiddenError(), Category.PERMANENT),
            (NoSuchNamespaceError(), Category.CONFIGURATION),
            (DestinationTransientException("x"), Category.TRANSIENT),
            (DestinationTerminalException("x"), Category.PERMANENT),
            (AwsError(), Category.PERMANENT),
            (ValueError("timeout: HTTP 503, please retry"), Category.PERMANENT),
        ],
    )
    def test_a_type_decides_whatever_the_words_are(self, error: Exception, category: Category) -> None:
        assert category is categorize_error(error)

    @pytest.mark.parametrize(
        ("sqlstate", "category"),
        [
            ("08006", Category.TRANSIENT),
            ("28P01", Category.PERMANENT),
            ("3D000", Category.CONFIGURATION),
            ("40001", Category.TRANSIENT),
            ("42P01", Category.CONFIGURATION),
            ("42501", Category.PERMANENT),
            ("57P03", Category.TRANSIENT),
            ("57014", Category.PERMANENT),
            ("22012", Category.PERMANENT),
        ],
    )
    def test_an_sqlstate_decides(self, sqlstate: str, category: Category) -> None:
        assert category is categorize_error(of_database(CodedError(sqlstate)))

    def test_a_lost_connection_is_transient(self) -> None:
        error = sa.exc.DBAPIError("s", {}, CodedError("42P01"), connection_invalidated=True)
        assert Category.TRANSIENT is categorize_error(error)

    def test_a_locked_sqlite_file_is_transient_and_a_missing_table_is_not(self) -> None:
        locked = sqlite3.OperationalError("x")
        locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
        assert Category.TRANSIENT is categorize_error(of_database(locked))
        with (
            pytest.raises(sa.exc.OperationalError) as caught,
            sa.create_engine("sqlite://").connect() as link,
        ):
            link.exec_driver_sql("SELECT * FROM gone")
        assert Category.CONFIGURATION is categorize_error(caught.value)

    def test_wrappers_are_looked_through(self) -> None:
        wrapped = caused(ResourceExtractionError("p", "g", "m", "generator"), answered(403))
        assert Category.PERMANENT is categorize_error(caused(RuntimeError("timeout"), wrapped))

    def test_a_cause_that_is_known_outweighs_dlts_word(self) -> None:
        error = caused(DestinationTransientException("x"), answered(401))
        assert Category.PERMANENT is categorize_error(error)

    def test_an_error_that_carries_a_fault_has_its_category(self) -> None:
        error = RuntimeError("x")
        error.fault = SourceFailed("x", Category.PARTIAL, "y")  # type: ignore[attr-defined]
        assert Category.PARTIAL is categorize_error(caused(ValueError("z"), error))

    def test_a_suppressed_context_says_nothing(self) -> None:
        error = ValueError("told anew")
        error.__context__ = TimeoutError()
        assert Category.TRANSIENT is categorize_error(error)
        error.__suppress_context__ = True
        assert Category.PERMANENT is categorize_error(error)

    def test_a_chain_that_bites_its_tail_ends(self) -> None:
        first, second = ValueError(), KeyError()
        first.__cause__, second.__cause__ = second, first
        assert [first, second] == list(causes(first))
