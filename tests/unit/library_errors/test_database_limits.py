from __future__ import annotations

import sqlite3

import psycopg
import pymysql  # type: ignore[import-untyped]
import pytest
import sqlalchemy.exc as sql

from floe_ingestion_dlt.domain.database_sessions import Limit
from floe_ingestion_dlt.library_errors.databases import limit_of, sql_code


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("words that may be anything")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "limit"),
    [
        (psycopg.errors.LockNotAvailable(), Limit.LOCK),
        (psycopg.errors.QueryCanceled(), Limit.STATEMENT),
        (psycopg.errors.ReadOnlySqlTransaction(), Limit.READ_ONLY),
        (psycopg.errors.UndefinedTable(), None),
        (pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"), Limit.LOCK),
        (pymysql.err.OperationalError(1969, "max_statement_time"), Limit.STATEMENT),
        (pymysql.err.OperationalError(3024, "max_execution_time"), Limit.STATEMENT),
        (pymysql.err.OperationalError(1792, "READ ONLY transaction"), Limit.READ_ONLY),
        (pymysql.err.OperationalError(1064, "syntax"), None),
        (sqlite_error(sqlite3.SQLITE_BUSY), Limit.LOCK),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), Limit.LOCK),
        (sqlite_error(sqlite3.SQLITE_INTERRUPT), Limit.STATEMENT),
        (sqlite_error(sqlite3.SQLITE_READONLY), Limit.READ_ONLY),
        (sqlite_error(sqlite3.SQLITE_ERROR), None),
        (TimeoutError("55P03"), None),
        (ValueError(1205), None),
    ],
)
def test_a_limit_is_known_by_its_code(error: Exception, limit: Limit | None) -> None:
    assert limit is limit_of(error)
    assert limit is limit_of(sql.DBAPIError("SELECT 1", None, error))
    assert limit is None or sql_code(error) is not None
