"""No credential of a source stands in what Dagster keeps: event logs, runs, snapshots of jobs, files of the steps."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, RetryPolicy, materialize

from floe_ingestion_dagster import create_ingestion_assets, ingestion_resource
from tests.dagster_assets.products import Product
from tests.discretion.failing_sources import FAILURES, ORDERS, Server, sampled
from tests.discretion.planted import KINDS, api_sources, forms
from tests.misbehaving.server import Status

FAILING = sampled(
    {name: how for name, how in FAILURES.items() if not how.tls and not how.nobody and name != "an option"}, 4
)


def kept(folder: Path) -> Iterator[bytes]:
    """All that Dagster has written: each file, and each value of its databases, unpacked where it is packed."""
    for path in folder.rglob("*"):
        if path.suffix == ".db":
            yield from values_of(path)
        elif path.is_file():
            yield path.read_bytes()


def values_of(database: Path) -> Iterator[bytes]:
    with sqlite3.connect(database) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    yield unpacked(value) if isinstance(value, bytes) else str(value).encode()


def unpacked(value: bytes) -> bytes:
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", FAILING)
def test_no_credential_stands_in_what_dagster_keeps(
    name: str, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")
    how, home = FAILURES[name], product.folder / "dagster"
    home.mkdir()
    with Server(how.http, good=Status(200, ORDERS), bad_after=how.good_first) as server:
        sources = [source_of(product, *found) for found in api_sources(server.url).items()]
        for source in sources:
            how.spoils(source["source_config"])
        settings = product.settings(*sources, retry_config={"max_retries": 0})
        with DagsterInstance.local_temp(str(home)) as instance:
            materialize(
                create_ingestion_assets(settings, retries=RetryPolicy(max_retries=1, delay=0)),
                resources={"ingestion": ingestion_resource(settings)},
                instance=instance,
                raise_on_error=False,
            )
    found = b"\n".join(kept(home))
    assert b"ingestion__api_bearer__orders" in found
    assert [] == [kind for kind in KINDS for form in forms(kind) if form in found]


def source_of(product: Product, name: str, config: dict[str, Any]) -> dict[str, Any]:
    return product.api("", name=f"api_{name}", destination_table=f"bronze.{name}", **config)


def test_a_secret_that_dagster_keeps_is_found(tmp_path: Path) -> None:
    """The search itself: packed values of a database, and files."""
    (form, *_) = forms(KINDS[0])
    with sqlite3.connect(tmp_path / "runs.db") as connection:
        connection.execute("CREATE TABLE snapshots (body BLOB)")
        connection.execute("INSERT INTO snapshots VALUES (?)", (zlib.compress(form),))
    assert form in b"\n".join(kept(tmp_path))
