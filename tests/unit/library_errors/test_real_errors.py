"""Each category shown by errors that real clients raised, against servers and databases that misbehave."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import aiohttp
import boto3
import botocore.config
import dlt
import pyarrow.fs
import pytest
import requests
import s3fs
import sqlalchemy as sa
import trustme
from azure.storage.blob import BlobServiceClient
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from gcsfs.core import GCSFileSystem
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.retry import ErrorCategory, categorize_error
from tests.misbehaving.databases import RESET, MisbehavingMySql, MisbehavingPostgres
from tests.misbehaving.server import BUSY, Manner, MisbehavingServer, Reset, Silence, Status, free_port

TRANSIENT, PERMANENT = ErrorCategory.TRANSIENT, ErrorCategory.PERMANENT
PARTIAL, CONFIGURATION = ErrorCategory.PARTIAL, ErrorCategory.CONFIGURATION

Call: TypeAlias = Callable[[str], object]
SECONDS = 0.3


def raised_by(act: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is not the claim
        act()
    return caught.value


def s3_says(code: str, status: int) -> Status:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>told to</Message></Error>"
    return Status(status, body.encode(), {"Content-Type": "application/xml"})


def catalog_says(status: int) -> Status:
    return Status(status, b'{"error": {"message": "told to", "type": "Told", "code": %d}}' % status)


# -- clients: each asks the server at a URL, once


def by_requests(url: str) -> object:
    session = Client(request_max_attempts=1, request_timeout=SECONDS).session
    return session.get(f"{url}/orders").json()


def by_rest_client(url: str) -> object:
    session = Client(request_max_attempts=1, request_timeout=SECONDS, raise_for_status=False).session
    return list(RESTClient(url, session=session).paginate("/orders"))


def by_urllib(url: str) -> object:
    with urllib.request.urlopen(f"{url}/orders", timeout=SECONDS) as answer:  # noqa: S310 - it is ours
        return answer.read()


def by_aiohttp(url: str) -> object:
    async def ask() -> object:
        wait = aiohttp.ClientTimeout(total=SECONDS)
        async with aiohttp.ClientSession(raise_for_status=True, timeout=wait) as session:
            return await (await session.get(f"{url}/orders")).json()

    return asyncio.run(ask())


def by_boto3(url: str) -> object:
    config = botocore.config.Config(
        retries={"total_max_attempts": 1}, read_timeout=SECONDS, connect_timeout=SECONDS
    )
    client: Any = boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        region_name="us-east-1",
        config=config,
    )
    return client.get_object(Bucket="lake", Key="orders.csv")


def by_s3fs(url: str) -> object:
    files = s3fs.S3FileSystem(
        key="a",
        secret="b",
        endpoint_url=url,
        client_kwargs={"region_name": "us-east-1"},
        config_kwargs={"retries": {"total_max_attempts": 1}, "read_timeout": SECONDS},
        skip_instance_cache=True,
    )
    files.retries = 1
    return files.ls("lake")


def by_arrow(url: str) -> None:
    files = pyarrow.fs.S3FileSystem(
        access_key="a",
        secret_key="b",
        endpoint_override=url.partition("://")[2],
        scheme="https" if url.startswith("https:") else "http",
        region="us-east-1",
        request_timeout=SECONDS,
        retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1),
    )
    files.open_output_stream("lake/orders.csv").close()


def by_azure(url: str) -> object:
    service = BlobServiceClient(
        f"{url}/account",
        credential={"account_name": "account", "account_key": "a2V5"},
        retry_total=0,
        read_timeout=SECONDS,
    )
    return service.get_blob_client("lake", "orders.csv").download_blob().readall()


def by_gcsfs(url: str) -> object:
    # the class that `gcsfs` itself names tries gRPC first, for most of a minute
    files = GCSFileSystem(token="anon", endpoint_url=url, skip_instance_cache=True)
    return files.cat("lake/orders.csv")


def by_pyiceberg(url: str) -> object:
    return load_catalog("floe", type="rest", uri=url).list_namespaces()


def by_token_request(url: str) -> object:
    return load_catalog("floe", type="rest", uri=url, credential="root:b", **{"oauth2-server-uri": url})


# -- what the servers do, and what that is

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


def ask_database(url: str) -> object:
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        return connection.execute(sa.text("SELECT * FROM orders"))


@pytest.mark.parametrize(
    ("sqlstate", "category"),
    [
        ("08006", TRANSIENT),
        ("22012", PERMANENT),
        ("28000", PERMANENT),
        ("3D000", CONFIGURATION),
        ("3F000", CONFIGURATION),
        ("40001", TRANSIENT),
        ("40P01", TRANSIENT),
        ("42501", PERMANENT),
        ("42703", CONFIGURATION),
        ("42P01", CONFIGURATION),
        ("53300", TRANSIENT),
        ("55P03", TRANSIENT),
        ("57014", PERMANENT),
        ("57P01", TRANSIENT),
        ("57P03", TRANSIENT),
        (RESET, TRANSIENT),
    ],
)
def test_what_postgres_answers(sqlstate: str, category: ErrorCategory) -> None:
    with MisbehavingPostgres(sqlstate) as database:
        assert category is categorize_error(raised_by(lambda: ask_database(database.url)))


@pytest.mark.parametrize(
    ("number", "category"),
    [
        ("1040", TRANSIENT),
        ("1044", PERMANENT),
        ("1045", PERMANENT),
        ("1049", CONFIGURATION),
        ("1054", CONFIGURATION),
        ("1064", CONFIGURATION),
        ("1142", PERMANENT),
        ("1146", CONFIGURATION),
        ("1205", TRANSIENT),
        ("1213", TRANSIENT),
        ("1264", PERMANENT),
    ],
)
@pytest.mark.parametrize("connects", [True, False])
def test_what_mysql_answers(number: str, category: ErrorCategory, connects: bool) -> None:  # noqa: FBT001
    with MisbehavingMySql(number, connects=connects) as database:
        assert category is categorize_error(raised_by(lambda: ask_database(database.url)))


def test_a_mysql_that_hangs_up() -> None:
    with MisbehavingMySql(RESET) as database:
        assert TRANSIENT is categorize_error(raised_by(lambda: ask_database(database.url)))


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_a_database_that_nobody_serves(scheme: str) -> None:
    url = f"{scheme}://shop@127.0.0.1:{free_port()}/shop"
    assert TRANSIENT is categorize_error(raised_by(lambda: ask_database(url)))


def test_a_driver_that_is_not_installed() -> None:
    error = raised_by(lambda: ask_database("oracle+oracledb://shop@db/shop"))
    assert CONFIGURATION is categorize_error(error)


class TestSqlite:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "shop.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE items (id INTEGER)")
        return path

    def test_a_table_that_is_not_there(self, file: Path) -> None:
        assert CONFIGURATION is categorize_error(raised_by(lambda: ask_database(f"sqlite:///{file}")))

    def test_a_file_that_another_one_holds(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN EXCLUSIVE")
            error = raised_by(lambda: ask_database(f"sqlite:///{file}?timeout=0.01"))
        assert TRANSIENT is categorize_error(error)

    def test_a_file_that_is_no_database(self, file: Path) -> None:
        file.write_text("id,name\n" * 100)
        assert CONFIGURATION is categorize_error(raised_by(lambda: ask_database(f"sqlite:///{file}")))

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        error = raised_by(lambda: ask_database(f"sqlite:///{tmp_path}/no/shop.db"))
        assert PERMANENT is categorize_error(error)


# -- the machine


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
