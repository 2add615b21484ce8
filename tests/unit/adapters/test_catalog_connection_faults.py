"""What the storage and the connection to a catalog say, as faults."""

from __future__ import annotations

import ssl

import pydantic
import pytest
import requests
from pyiceberg import exceptions as ice
from pyiceberg.catalog.rest import TableResponse
from pyiceberg.catalog.rest.response import TokenResponse
from returns.result import Failure

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import (
    answered,
    commit_fault_of,
    fault_of,
)
from floe_ingestion_dlt.domain.faults import (
    Category,
    CommitRefused,
    CommitUnknown,
)


def s3(code: str, operation: str = "HeadObject") -> OSError:
    """As Arrow raises it."""
    return OSError(
        f"When reading 'x' in bucket 'lake': AWS Error {code} during {operation} operation: No body."
    )


class TestStorage:
    @pytest.mark.parametrize(
        "code",
        ["ACCESS_DENIED", "SIGNATURE_DOES_NOT_MATCH", "INVALID_ACCESS_KEY_ID", "UNKNOWN (HTTP status 403)"],
    )
    def test_a_denial_is_permanent_and_points_to_the_keys(self, code: str) -> None:
        fault = fault_of(s3(code))
        assert Category.PERMANENT is fault.category
        assert "keys" in fault.next_step

    @pytest.mark.parametrize(
        "code", ["NETWORK_CONNECTION", "SLOW_DOWN", "REQUEST_TIMEOUT", "UNKNOWN (HTTP status 503)"]
    )
    def test_what_may_pass_is_transient(self, code: str) -> None:
        assert Category.TRANSIENT is fault_of(s3(code)).category

    @pytest.mark.parametrize(
        "code",
        [
            "UNKNOWN (HTTP status 301)",
            "UNKNOWN (HTTP status 400) during X operation: ExceptionName: AuthorizationHeaderMalformed",
        ],
    )
    def test_a_bucket_in_another_region_is_a_matter_of_configuration(self, code: str) -> None:
        fault = fault_of(s3(code))
        assert Category.CONFIGURATION is fault.category
        assert "s3.region" in fault.next_step

    def test_a_bucket_that_is_not_there_is_a_matter_of_configuration(self) -> None:
        fault = fault_of(s3("NO_SUCH_BUCKET", "CreateMultipartUpload"))
        assert (Category.CONFIGURATION, "lake" in fault.message) == (fault.category, True)

    def test_a_certificate_that_is_not_trusted_is_a_matter_of_configuration(self) -> None:
        error = OSError("AWS Error NETWORK_CONNECTION during HeadObject operation: curlCode: 60, SSL peer")
        assert Category.CONFIGURATION is fault_of(error).category

    def test_a_commit_whose_metadata_the_storage_denies_is_refused(self) -> None:
        assert isinstance(commit_fault_of(s3("ACCESS_DENIED"), "bronze.orders", "1"), CommitRefused)

    def test_a_commit_whose_metadata_got_no_answer_is_open(self) -> None:
        assert isinstance(commit_fault_of(s3("NETWORK_CONNECTION"), "bronze.orders", "1"), CommitUnknown)


def tls_error(reason: ssl.SSLError) -> BaseException:
    """As requests raises it."""
    try:
        try:
            raise reason
        except ssl.SSLError as link:
            raise requests.exceptions.SSLError("Max retries exceeded") from link
    except requests.exceptions.SSLError as error:
        return error


class TestAnswersThatAreNone:
    def test_a_certificate_that_is_not_trusted_is_a_matter_of_configuration(self) -> None:
        fault = fault_of(tls_error(ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")))
        assert Category.CONFIGURATION is fault.category
        assert "cabundle" in fault.next_step

    def test_a_connection_that_ends_before_it_is_secure_may_come_about_the_next_time(self) -> None:
        assert Category.TRANSIENT is fault_of(tls_error(ssl.SSLEOFError(8, "EOF"))).category

    def test_what_an_answer_holds_is_not_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")

        def fetch() -> None:
            TokenResponse.model_validate_json('{"token_type": "bearer", "access_token": "hush-hush-hush')

        assert isinstance(answered(fetch), Failure)
        assert "an answer that is not shown" in caplog.text
        assert "hush" not in caplog.text

    @pytest.mark.parametrize(
        ("body", "category"),
        [
            ('{"metadata-location": "s3://lake/meta', Category.TRANSIENT),
            ("<!doctype html>", Category.CONFIGURATION),
            ("", Category.TRANSIENT),
            ('{"not": "a table"}', Category.CONFIGURATION),
        ],
        ids=["cut", "page", "nothing", "something else"],
    )
    def test_an_answer_that_was_cut_may_come_whole_the_next_time(self, body: str, category: Category) -> None:
        with pytest.raises(pydantic.ValidationError) as refused:
            TableResponse.model_validate_json(body)
        assert category is fault_of(refused.value).category

    def test_a_page_for_people_is_cut_short(self) -> None:
        page = ice.ServerError("RESTError 502: Could not decode json payload: " + "<p>" * 10_000)
        assert len(fault_of(page).cause) < 600

    @pytest.mark.parametrize(
        ("status", "category"),
        [
            (401, Category.PERMANENT),
            (404, Category.CONFIGURATION),
            (429, Category.TRANSIENT),
            (502, Category.TRANSIENT),
        ],
    )
    def test_a_status_speaks_where_pyiceberg_has_no_exception_for_it(
        self, status: int, category: Category
    ) -> None:
        answer = requests.Response()
        answer.status_code = status
        error = ice.RESTError("odd")
        error.__cause__ = requests.HTTPError(response=answer)
        assert category is fault_of(error).category
