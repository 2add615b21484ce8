from __future__ import annotations

import sqlite3

import duckdb
import psycopg
import pyarrow as pa
import pydantic
import pymysql  # type: ignore[import-untyped]
import pytest
import requests
import sqlalchemy.exc as sql
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg import exceptions as ice

from floe_ingestion_dlt.domain.redaction import HIDDEN, without_literals
from floe_ingestion_dlt.library_errors.error_texts import one_line, traceback_of
from floe_ingestion_dlt.library_errors.quoting import may_quote_rows

VALUE = "JaneRoe4711"


class OwnError(Exception):
    """One that a user has made."""


@pytest.mark.parametrize(
    "error",
    [
        ValueError(VALUE),
        KeyError(VALUE),
        TypeError(VALUE),
        RuntimeError(VALUE),
        AssertionError(VALUE),
        OverflowError(VALUE),
        OwnError(VALUE),
        pa.ArrowInvalid(VALUE),
        duckdb.ConversionException(VALUE),
        UnicodeDecodeError("utf-8", VALUE.encode(), 0, 1, VALUE),
        psycopg.errors.InvalidTextRepresentation(VALUE),
        psycopg.errors.UniqueViolation(VALUE),
        psycopg.errors.RaiseException(VALUE),
        psycopg.DataError(VALUE),
        pymysql.err.DataError(1366, VALUE),
        pymysql.err.IntegrityError(1062, VALUE),
        pymysql.err.ProgrammingError(1064, VALUE),
        sqlite3.OperationalError(VALUE),
        sql.DataError("SELECT 1", None, psycopg.errors.NumericValueOutOfRange(VALUE)),
        sql.StatementError(VALUE, "SELECT 1", None, ValueError(VALUE)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_that_may_quote_a_row_is_told_by_its_type(error: Exception) -> None:
    assert may_quote_rows(error)
    with pytest.raises(type(error)) as caught:
        raise error
    told, trace = one_line(caught.value), traceback_of(caught.value)
    assert VALUE not in told + trace
    assert "its text may quote a row" in told
    assert "test_quoting.py" in trace


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("connection refused"),
        FileNotFoundError(2, "no such file"),
        ModuleNotFoundError("no module"),
        requests.ConnectionError("no route"),
        ice.NoSuchTableError("no table"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        psycopg.errors.UndefinedTable("no table"),
        psycopg.errors.InsufficientPrivilege("denied"),
        psycopg.OperationalError("connection failed"),
        pymysql.err.OperationalError(1045, "denied"),
        pymysql.err.OperationalError(2013, "lost"),
        sql.OperationalError("SELECT 1", None, psycopg.errors.UndefinedColumn("no column")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_of_places_and_settings_keeps_its_words(error: Exception) -> None:
    assert not may_quote_rows(error)
    assert ": " in one_line(error)


def test_what_pydantic_refuses_is_not_quoted() -> None:
    with pytest.raises(pydantic.ValidationError) as caught:
        pydantic.TypeAdapter(int).validate_python(VALUE)
    assert VALUE not in one_line(caught.value)


@pytest.mark.parametrize(
    ("statement", "text", "shown"),
    [
        ("SELECT decrypt(v, 'HUNTERalpha') FROM t", 'near "HUNTERalpha"', 'near "***"'),
        ("SELECT 'HUNTERalpha FROM orders", "token: 'HUNTERalpha FROM orders", "token: '***"),
        ("SELECT 'a' FROM orders", "no such table: orders", "no such table: orders"),
        ('SELECT "HUNTER al" FROM t', "column HUNTER does not exist", "column *** does not exist"),
        ("SELECT $x$HUNTERalpha$x$", "HUNTERalpha", HIDDEN),
        ("SELECT 1 WHERE pin = 471147", "near 471147", "near ***"),
        ("SELECT 1", "syntax error", "syntax error"),
    ],
)
def test_what_a_query_quotes_is_not_in_the_error(statement: str, text: str, shown: str) -> None:
    assert shown == without_literals(text, statement)


@given(
    st.text("ab'\"`$\\-/*\n", max_size=20),
    st.from_regex(r"[a-z]{12}", fullmatch=True),
    st.sampled_from("'\""),
)
def test_a_literal_is_hidden_whatever_follows_it(after: str, literal: str, sign: str) -> None:
    statement = f"SELECT {sign}{literal}{sign}{after}"
    assert literal not in without_literals(f"near {literal}: {statement}", statement)
