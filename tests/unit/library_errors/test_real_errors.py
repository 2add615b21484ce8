"""Each category shown by errors that real clients raised, against servers and databases that misbehave."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import dlt
import pytest
import requests
import trustme
from dlt.common.destination.exceptions import DestinationTerminalException

from floe_ingestion_dlt.retry import ErrorCategory, categorize_error
from tests.misbehaving.server import BUSY, Manner, MisbehavingServer, Reset, Silence, Status, free_port
from tests.unit.library_errors.real_calls import (
    Call,
    by_aiohttp,
    by_arrow,
    by_azure,
    by_boto3,
    by_gcsfs,
    by_pyiceberg,
    by_requests,
    by_rest_client,
    by_s3fs,
    by_token_request,
    by_urllib,
    catalog_says,
    raised_by,
    s3_says,
)

TRANSIENT, PERMANENT = ErrorCategory.TRANSIENT, ErrorCategory.PERMANENT
PARTIAL, CONFIGURATION = ErrorCategory.PARTIAL, ErrorCategory.CONFIGURATION


HTTP_CASES: list[tuple[Call, Manner, ErrorCategory]] = [
    *(
        (ask, Status(status), category)
        for ask in (by_requests, by_rest_client, by_urllib, by_aiohttp)
        for status, category in {
            400: CONFIGURATION,
            401: PERMANENT,
            403: PERMANENT,
            404: CONFIGURATION,
            408: TRANSIENT,
            422: CONFIGURATION,
            429: TRANSIENT,
            500: TRANSIENT,
            502: TRANSIENT,
            503: TRANSIENT,
            504: TRANSIENT,
        }.items()
    ),
    *(
        (ask, manner, TRANSIENT)
        for ask in (by_requests, by_rest_client, by_urllib, by_aiohttp)
        for manner in (Reset(), Reset(begun=True), Silence())
    ),
    *(
        (ask, s3_says(code, status), category)
        for ask in (by_boto3, by_s3fs, by_arrow)
        for code, status, category in [
            ("AccessDenied", 403, PERMANENT),
            ("InvalidAccessKeyId", 403, PERMANENT),
            ("SignatureDoesNotMatch", 403, PERMANENT),
            ("NoSuchBucket", 404, CONFIGURATION),
            ("ExpiredToken", 400, TRANSIENT),
            ("SlowDown", 503, TRANSIENT),
            ("InternalError", 500, TRANSIENT),
        ]
    ),
    *((ask, Reset(), TRANSIENT) for ask in (by_boto3, by_s3fs, by_arrow)),
    *((ask, Silence(), TRANSIENT) for ask in (by_boto3, by_s3fs, by_arrow)),
    (by_arrow, s3_says("PermanentRedirect", 301), CONFIGURATION),
    *(
        (by_azure, Status(status, b""), category)
        for status, category in {403: PERMANENT, 404: CONFIGURATION, 429: TRANSIENT, 503: TRANSIENT}.items()
    ),
    (by_azure, Reset(), TRANSIENT),
    (by_azure, Silence(), TRANSIENT),
    *((by_gcsfs, Status(status), PERMANENT) for status in (401, 403)),
    *(
        (by_pyiceberg, catalog_says(status), category)
        for status, category in {
            400: CONFIGURATION,
            401: PERMANENT,
            403: PERMANENT,
            404: CONFIGURATION,
            419: TRANSIENT,
            429: TRANSIENT,
            500: TRANSIENT,
            503: TRANSIENT,
        }.items()
    ),
    (by_pyiceberg, Reset(), TRANSIENT),
    (by_pyiceberg, Status(200, b"<html>"), CONFIGURATION),
    (by_token_request, Status(401, b'{"error": "invalid_client"}'), PERMANENT),
]


@pytest.mark.parametrize(
    ("ask", "manner", "category"),
    HTTP_CASES,
    ids=[f"{ask.__name__}-{manner}"[:60] for ask, manner, _ in HTTP_CASES],
)
def test_what_is_answered_over_http(ask: Call, manner: Manner, category: ErrorCategory) -> None:
    with MisbehavingServer(manner) as server:
        error = raised_by(lambda: ask(server.url))
        assert server.requests
    assert category is categorize_error(error), repr(error)


CLIENTS: list[Call] = [
    by_requests,
    by_urllib,
    by_aiohttp,
    by_boto3,
    by_s3fs,
    by_arrow,
    by_azure,
    by_pyiceberg,
]


@pytest.mark.parametrize("ask", CLIENTS)
def test_nobody_listens(ask: Call) -> None:
    assert TRANSIENT is categorize_error(raised_by(lambda: ask(f"http://127.0.0.1:{free_port()}")))


@pytest.mark.parametrize("ask", [by_requests, by_urllib, by_aiohttp, by_boto3, by_azure])
def test_a_name_that_nobody_knows(ask: Call) -> None:
    assert TRANSIENT is categorize_error(raised_by(lambda: ask("http://nowhere.invalid")))


@pytest.mark.parametrize("ask", CLIENTS)
def test_a_certificate_of_an_authority_that_nobody_trusts(ask: Call) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with MisbehavingServer(Status(200), tls=context) as server:
        error = raised_by(lambda: ask(server.url))
    assert CONFIGURATION is categorize_error(error), repr(error)


@pytest.mark.parametrize("ask", [by_requests, by_urllib, by_aiohttp, by_pyiceberg])
def test_a_server_that_speaks_no_tls(ask: Call) -> None:
    with MisbehavingServer(Status(200)) as server:
        error = raised_by(lambda: ask(server.url.replace("http:", "https:")))
    assert CONFIGURATION is categorize_error(error), repr(error)


@pytest.mark.parametrize("ask", [by_requests, by_urllib, by_aiohttp, by_pyiceberg])
def test_a_connection_that_is_cut_while_it_is_secured(ask: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        port = server.getsockname()[1]

        def hang_up() -> None:
            while True:
                try:
                    link, _ = server.accept()
                except OSError:
                    return
                link.recv(1)
                link.close()

        Thread(target=hang_up, daemon=True).start()
        error = raised_by(lambda: ask(f"https://127.0.0.1:{port}"))
    assert TRANSIENT is categorize_error(error), repr(error)


@pytest.mark.parametrize("url", ["http://", "nowhere", "htp://nowhere"])
def test_an_address_that_is_none(url: str) -> None:
    assert CONFIGURATION is categorize_error(raised_by(lambda: requests.get(url, timeout=1)))


# -- databases


class TestMachine:
    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert PERMANENT is categorize_error(raised_by((tmp_path / "orders.csv").read_text))

    def test_a_folder_where_a_file_should_be(self, tmp_path: Path) -> None:
        assert PERMANENT is categorize_error(raised_by(tmp_path.read_text))

    def test_a_full_disk(self) -> None:
        def fill() -> None:
            with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - the device, not a path of ours
                full.write("x" * 10_000)

        assert PERMANENT is categorize_error(raised_by(fill))

    def test_a_pipe_that_nobody_reads(self) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        assert TRANSIENT is categorize_error(raised_by(lambda: os.write(writer, b"x")))

    def test_a_package_that_is_not_installed(self) -> None:
        assert CONFIGURATION is categorize_error(raised_by(lambda: __import__("no_such_package")))


# -- through dlt


@pytest.mark.parametrize(
    ("manner", "category"),
    [
        (Status(400), CONFIGURATION),
        (Status(403), PERMANENT),
        (Status(404), CONFIGURATION),
        (Status(BUSY), TRANSIENT),
        (Reset(begun=True), TRANSIENT),
    ],
)
def test_a_source_that_fails_within_a_pipeline(
    tmp_path: Path, manner: Manner, category: ErrorCategory
) -> None:
    with MisbehavingServer(manner) as server:

        @dlt.resource(name="orders")
        def orders() -> Iterator[object]:
            yield by_rest_client(server.url)

        pipeline = dlt.pipeline("failing", pipelines_dir=str(tmp_path), destination="duckdb")
        error = raised_by(lambda: pipeline.extract(orders()))
    assert "PipelineStepFailed" == type(error).__name__
    assert category is categorize_error(error)


def test_a_load_of_which_dlt_gives_up_a_part(tmp_path: Path) -> None:
    """dlt aborts the package for the file of one table, when another one is loaded already."""
    loaded: list[str] = []
    with MisbehavingServer(Status(403)) as server:

        @dlt.destination(batch_size=0, loader_parallelism_strategy="sequential")
        def sink(_items: Any, _table: Any) -> None:
            if loaded:
                try:
                    by_requests(server.url)
                except requests.HTTPError as error:
                    raise DestinationTerminalException("refused") from error
            loaded.append(_table["name"])

        pipeline = dlt.pipeline("partial", pipelines_dir=str(tmp_path), destination=sink())
        rows = [dlt.resource([{"id": 1}], name=name) for name in ("first", "second")]
        error = raised_by(lambda: pipeline.run(rows))
    assert 1 == len(loaded)
    assert PARTIAL is categorize_error(error)
