"""What the exceptions of pyiceberg and its tools mean, and what they must not show."""

from __future__ import annotations

import errno

import pyarrow as pa
import pytest
import requests
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg import exceptions as ice
from pyiceberg.catalog import load_catalog
from returns.result import Failure, Success
from sqlalchemy import exc as sql

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import (
    DENIED,
    DISK_FULL,
    MISCONFIGURED,
    UNREACHABLE,
    answered,
    cause_of,
    commit_fault_of,
    fault_of,
    guarded,
)
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitConflict,
    CommitRefused,
    CommitUnknown,
    DestinationFailed,
)

HUSH = "hush-hush"
TRANSIENT: list[BaseException] = [
    ice.ServiceUnavailableError("busy"),
    ice.ServerError("broken"),
    ice.TooManyRequestsError("slow down"),
    ice.AuthorizationExpiredError("late"),
    ice.CommitStateUnknownException("who knows"),
    ice.WaitingForLockException("locked"),
    requests.ConnectionError("refused"),
    requests.ConnectTimeout("silent"),
    requests.ReadTimeout("silent"),
    requests.exceptions.ChunkedEncodingError("cut"),
    sql.OperationalError("SELECT 1", {}, Exception("the connection was lost")),
    sql.TimeoutError("the pool is empty"),
    ConnectionResetError(errno.ECONNRESET, "reset"),
    TimeoutError("silent"),
]
DENYING: list[BaseException] = [
    ice.UnauthorizedError("who are you"),
    ice.ForbiddenError("not you"),
    ice.OAuthError("no token"),
    PermissionError(errno.EACCES, "Permission denied"),
    OSError(errno.EPERM, "Operation not permitted"),
    OSError(errno.EROFS, "Read-only file system"),
]
CONFIGURED_WRONG: list[BaseException] = [
    ice.BadRequestError("what"),
    ice.NotInstalledError("pip install it"),
    ice.NoSuchPropertyException("uri"),
    ice.NoSuchNamespaceError("bronze"),
    ModuleNotFoundError("s3fs"),
    requests.exceptions.InvalidSchema("htp"),
    requests.exceptions.MissingSchema("polaris:8181"),
    requests.exceptions.InvalidURL("http://"),
    sql.ArgumentError("no URL"),
    sql.NoSuchModuleError("no dialect"),
]
FULL: list[BaseException] = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EDQUOT, "Disk quota exceeded"),
]
OTHER: list[BaseException] = [
    ValueError("odd"),
    KeyError("odd"),
    FileNotFoundError(errno.ENOENT, "No such file"),
    ice.ValidationError("odd"),
    sql.ProgrammingError("SELECT", {}, Exception("no such table")),
]


def of(error: BaseException) -> str:
    return type(error).__name__


def cases(
    **groups: tuple[list[BaseException], Category, str],
) -> list[tuple[BaseException, Category, str]]:
    return [(error, category, step) for errors, category, step in groups.values() for error in errors]


class TestFault:
    @pytest.mark.parametrize(
        ("error", "category", "next_step"),
        cases(
            transient=(TRANSIENT, Category.TRANSIENT, UNREACHABLE),
            denying=(DENYING, Category.PERMANENT, DENIED),
            configured=(CONFIGURED_WRONG, Category.CONFIGURATION, MISCONFIGURED),
            full=(FULL, Category.PERMANENT, DISK_FULL),
            arrow=(
                [pa.ArrowInvalid("column a"), pa.ArrowTypeError("a")],
                Category.PERMANENT,
                "Look at the value",
            ),
            other=(OTHER, Category.PERMANENT, "Read the cause"),
        ),
        ids=lambda value: of(value) if isinstance(value, BaseException) else "",
    )
    def test_a_type_or_code_tells_category_and_next_step(
        self, error: BaseException, category: Category, next_step: str
    ) -> None:
        fault = fault_of(error)
        assert category is fault.category
        assert fault.next_step.startswith(next_step)

    @given(
        st.text(), st.sampled_from([RuntimeError, ice.ServerError, ice.ForbiddenError, ice.BadRequestError])
    )
    def test_words_of_a_message_decide_nothing(self, words: str, kind: type[Exception]) -> None:
        assert fault_of(kind("")).category is fault_of(kind(f"timeout 503 denied {words}")).category

    def test_the_cause_names_the_error(self) -> None:
        assert "ServerError: broken" == fault_of(ice.ServerError("broken")).cause


class TestCommitFault:
    def test_a_lost_race_is_a_conflict(self) -> None:
        fault = commit_fault_of(ice.CommitFailedException("changed"), "bronze.orders", "7")
        assert CommitConflict("bronze.orders", "7", "CommitFailedException: changed") == fault

    @pytest.mark.parametrize(
        "error", [*DENYING, *CONFIGURED_WRONG, *FULL, ice.NoSuchTableError("gone")], ids=of
    )
    def test_a_no_is_a_refusal(self, error: BaseException) -> None:
        fault = commit_fault_of(error, "bronze.orders", "7")
        assert CommitRefused("bronze.orders", "7", cause_of(error)) == fault

    @pytest.mark.parametrize("error", [*TRANSIENT, *OTHER, pa.ArrowInvalid("odd")], ids=of)
    def test_what_cannot_be_relied_on_is_unknown(self, error: BaseException) -> None:
        fault = commit_fault_of(error, "bronze.orders", "7")
        assert CommitUnknown("bronze.orders", "7", cause_of(error)) == fault


class TestCause:
    def test_a_statement_and_its_values_are_not_shown(self) -> None:
        engine = sa.create_engine("sqlite://")
        with pytest.raises(sql.OperationalError) as raised, engine.connect() as connection:
            connection.execute(sa.text("INSERT INTO nowhere VALUES (:secret)"), {"secret": HUSH})
        assert "OperationalError: no such table: nowhere" == cause_of(raised.value)

    def test_values_of_an_error_before_the_database_are_not_shown(self) -> None:
        engine = sa.create_engine("sqlite://")
        with pytest.raises(sql.StatementError) as raised, engine.connect() as connection:
            connection.execute(sa.text("SELECT :secret, :other"), {"secret": HUSH})
        assert HUSH not in cause_of(raised.value)

    @pytest.mark.parametrize(
        "properties",
        [
            {"type": "rest", "uri": f"htp://ann:{HUSH}@polaris"},
            {"type": "rest", "uri": f"http://ann:{HUSH}@"},
            {"type": "rest", "uri": f"http://ann:{HUSH}@127.0.0.1:1"},
            {
                "type": "rest",
                "uri": "http://127.0.0.1:1/api",
                "credential": HUSH,
                "oauth2-server-uri": "http://127.0.0.1:1/token",
            },
            {"type": "rest", "uri": "http://127.0.0.1:1", "token": HUSH},
            {"type": "sql", "uri": f"postgresql+psycopg://ann:{HUSH}@127.0.0.1:1/catalog"},
            {"type": "sql", "uri": f"postgresql+psycopg:/ann:{HUSH}@db/catalog"},
            {"type": "sql", "uri": f"postgresql+nodriver://ann:{HUSH}@db/catalog"},
        ],
        ids=lambda properties: properties["uri"],
    )
    def test_passwords_of_a_catalog_that_cannot_be_opened_are_not_shown(
        self, properties: dict[str, str]
    ) -> None:
        fault = answered(lambda: load_catalog("floe", **properties).list_namespaces()).failure()
        assert fault.cause
        assert HUSH not in f"{fault} {fault.message}"

    def test_it_is_one_line(self) -> None:
        assert "ServerError: first" == cause_of(ice.ServerError("first\nsecond"))

    def test_an_error_without_words_is_its_type(self) -> None:
        assert "ValueError" == cause_of(ValueError())


class TestEdge:
    def test_an_exception_leaves_as_a_fault(self) -> None:
        def act() -> None:
            raise ice.ServerError("broken")

        broken = DestinationFailed("ServerError: broken", Category.TRANSIENT, UNREACHABLE)
        assert Failure(broken) == answered(act)

    def test_a_failure_passes_as_it_is(self) -> None:
        assert Failure("told before") == guarded(lambda: Failure("told before"))

    def test_an_answer_is_a_success(self) -> None:
        assert Success(7) == answered(lambda: 7)
