"""Calls of real libraries, for the errors that they raise."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable
from typing import Any, TypeAlias

import aiohttp
import boto3
import botocore.config
import pyarrow.fs
import pytest
import s3fs
from azure.storage.blob import BlobServiceClient
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from gcsfs.core import GCSFileSystem
from pyiceberg.catalog import load_catalog

from tests.misbehaving.server import Status

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
