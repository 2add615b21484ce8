"""Credentials are named as the cause only where they can be."""

from __future__ import annotations

import socket

import pytest
import requests
import sqlalchemy.exc as sql

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.library_errors import next_steps
from floe_ingestion_dlt.library_errors.next_steps import NEXT_STEPS, next_step_of
from floe_ingestion_dlt.library_errors.source_errors import source_fault


def answered(status: int, **headers: str) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    prepared = requests.Request("GET", "http://h/x", headers=headers).prepare()
    return requests.HTTPError(request=prepared, response=response)


def of_database(state: str) -> sql.DatabaseError:
    inner = Exception()
    inner.sqlstate = state  # type: ignore[attr-defined]  # as psycopg has it
    return sql.DatabaseError("SELECT 1", None, inner)


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (answered(401), next_steps.NO_AUTHORIZATION),
        (answered(401, Authorization="Bearer old"), next_steps.OLD_AUTHORIZATION),
        (answered(403), next_steps.FORBIDDEN),
        (answered(407), next_steps.DENIED),
        (answered(404), next_steps.NOT_FOUND),
        (answered(422), next_steps.BAD_REQUEST),
        (answered(409), NEXT_STEPS[Category.PERMANENT]),
        (answered(503), NEXT_STEPS[Category.TRANSIENT]),
        (PermissionError(13, "denied"), next_steps.DENIED),
        (requests.exceptions.SSLError(), next_steps.DENIED),
    ],
)
def test_the_next_step_is_that_of_the_error(error: Exception, step: str) -> None:
    assert step == source_fault(error).next_step


@pytest.mark.parametrize(
    ("reason", "words", "step"),
    [
        (socket.gaierror(-2, "x"), "no address is known for the host's name", next_steps.UNKNOWN_HOST),
        (ConnectionRefusedError(111, "x"), "the connection was refused", next_steps.REFUSED),
    ],
)
def test_a_connection_that_is_not_made_says_why(reason: OSError, words: str, step: str) -> None:
    error = requests.ConnectionError(reason, request=requests.Request("GET", "http://h/x").prepare())
    fault = source_fault(error)
    assert (f"GET http://h/x: {words}", step, Category.TRANSIENT) == (
        fault.cause,
        fault.next_step,
        fault.category,
    )


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("28P01", next_steps.DENIED),
        ("42501", next_steps.DENIED),
        ("54000", NEXT_STEPS[Category.PERMANENT]),
    ],
)
def test_a_database_names_credentials_by_its_code(state: str, step: str) -> None:
    assert step == next_step_of(of_database(state), Category.PERMANENT)
