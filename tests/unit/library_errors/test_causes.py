"""What is written on errors that real clients raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import fault_of as catalog_fault_of
from floe_ingestion_dlt.library_errors.causes import causes, retry_after
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from tests.misbehaving.server import MisbehavingServer, Status
from tests.unit.library_errors.real_calls import (
    Call,
    by_boto3,
    by_pyiceberg,
    by_requests,
    by_urllib,
    raised_by,
)


def error_of(ask: Call, header: str) -> Exception:
    with MisbehavingServer(Status(503, headers={"Retry-After": header})) as server:
        return raised_by(lambda: ask(server.url))


class TestRetryAfter:
    @pytest.mark.parametrize("ask", [by_requests, by_urllib, by_boto3, by_pyiceberg])
    def test_is_found_wherever_a_client_keeps_it(self, ask: Call) -> None:
        assert 17.0 == retry_after(error_of(ask, "17"))

    def test_a_date_is_what_is_left_until_it(self) -> None:
        at = datetime.now(UTC) + timedelta(seconds=90)
        assert retry_after(error_of(by_requests, format_datetime(at))) == pytest.approx(90, abs=5)

    def test_a_date_that_has_passed_is_now(self) -> None:
        at = datetime.now(UTC) - timedelta(days=1)
        assert 0.0 == retry_after(error_of(by_requests, format_datetime(at)))

    @pytest.mark.parametrize("header", ["soon", "", "nan", "inf", "2026-01-01"])
    def test_what_is_neither_says_nothing(self, header: str) -> None:
        assert retry_after(error_of(by_requests, header)) is None

    def test_an_error_without_an_answer_says_nothing(self) -> None:
        assert retry_after(KeyError("a")) is None

    def test_faults_of_sources_and_of_catalogs_have_it(self) -> None:
        assert 17.0 == source_fault(error_of(by_requests, "17")).retry_after
        assert 17.0 == catalog_fault_of(error_of(by_pyiceberg, "17")).retry_after


class TestCauses:
    def test_a_long_chain_ends(self) -> None:
        error: Exception = ValueError(0)
        for number in range(1, 10_000):
            following = ValueError(number)
            following.__cause__ = error
            error = following
        assert 100 == len(list(causes(error)))

    def test_errors_that_are_handed_over_as_values_are_causes(self) -> None:
        inner = TimeoutError()
        assert [inner] == list(causes(ValueError(inner)))[1:]
