"""Thirty-four kinds of secrets in the configuration, everything fails in every way, and all that leaves is searched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import ToSnapshot
from floe_ingestion_dlt.errors import IngestionError
from tests.catalogs import sqlite_catalog
from tests.discretion.failing_sources import (
    CATALOG_FAILURES,
    FAILURES,
    LOADS_SOMETHING,
    ORDERS,
    Server,
    a_plugin,
    look_at_tables,
    run_each,
    sampled,
    untrusted,
    wait_for_probes,
)
from tests.discretion.planted import (
    ENVIRONMENT,
    KINDS,
    api_sources,
    catalogs,
    database_sources,
    file_sources,
    secret,
)
from tests.discretion.seen import Seen
from tests.misbehaving.databases import MisbehavingMySql, MisbehavingPostgres
from tests.misbehaving.server import Echo, Status, free_port
from tests.rest.odd import CUT, Oddity, Request
from tests.rest.server import RestServer


@pytest.fixture
def seen(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """Fails the test for whatever leaked, and for places in which nothing could have been found."""
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "DEBUG")
    made = Seen()
    made.begin()
    yield made
    made.end()
    made.text("output", "".join(capfd.readouterr()))
    assert [] == made.lines_with_leaks()[:5]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sampled(FAILURES, 5))
def test_whatever_fails_in_a_source(
    name: str, seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = FAILURES[name]
    with ExitStack() as stack:
        told = f"the secret is {secret('password of Postgres')} {secret('password of MySQL')}"
        postgres = stack.enter_context(MisbehavingPostgres(how.database, connects=how.connects, words=told))
        mysql = stack.enter_context(MisbehavingMySql(how.number, connects=how.connects, words=told))
        server = stack.enter_context(
            Server(
                how.http,
                good=Status(200, ORDERS),
                bad_after=how.good_first,
                tls=untrusted() if how.tls else None,
            )
        )
        url = f"http://127.0.0.1:{free_port()}" if how.nobody else server.url
        ports = (free_port(), free_port()) if how.nobody else (postgres.port, mysql.port)
        for key, value in ENVIRONMENT.items():
            monkeypatch.setenv(key, value.format(secret("connection string in the environment"), ports[0]))
        monkeypatch.setenv("SOURCES__FILESYSTEM__CREDENTIALS__ENDPOINT_URL", url)
        kinds = {
            "rest_api": api_sources(url),
            "sql_database": database_sources(*ports),
            "filesystem": file_sources(url),
        }
        sources = []
        for kind, found in kinds.items():
            for source, config in found.items():
                how.spoils(config["source_config"])
                sources.append(
                    {
                        "name": f"{kind}_{source}",
                        "source_type": kind,
                        "destination_table": f"bronze.{kind}_{source}",
                        **config,
                    }
                )
        catalog = sqlite_catalog(tmp_path)
        spare = catalogs("http://127.0.0.1:1", 1)["credential"]
        unused = {key: value for key, value in spare.items() if key not in {*catalog, "type", "uri"}}
        plugin = a_plugin(seen, tmp_path, {**catalog, **unused}, sources)
        loaded = run_each(plugin, seen, [source["name"] for source in sources])
        assert any(loaded) is (name in LOADS_SOMETHING)
        seen.text("health", repr(plugin.health_check()))
        wait_for_probes()
        plugin.shutdown()
    seen.folder("working folder", tmp_path / "pipelines")
    look_at_tables(seen, catalog)
    searched = {"log", "span", "configuration"}
    assert searched <= set(seen.figures)
    # with a configuration that is refused, no library begins to work
    assert name == "an option" or {"dlt", "urllib3", "botocore", "floe_ingestion_dlt"} <= seen.origins


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sampled(CATALOG_FAILURES, 2))
def test_whatever_fails_in_a_catalog(
    name: str, seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        "PYICEBERG_CATALOG__FLOE__CREDENTIAL", ENVIRONMENT["PYICEBERG_CATALOG__FLOE__CREDENTIAL"]
    )
    told = f"the secret is {secret('password of a catalog' + chr(39) + 's database')}"
    with (
        Server(CATALOG_FAILURES[name]) as server,
        MisbehavingPostgres("28P01", connects=False, words=told) as postgres,
    ):
        for kind, catalog in catalogs(server.url, postgres.port).items():
            source = {
                "name": kind,
                "source_type": "filesystem",
                "source_config": {"path": str(tmp_path), "format": "csv"},
                "destination_table": "bronze.orders",
            }
            plugin = a_plugin(seen, tmp_path, catalog, [source])
            assert [False] == run_each(plugin, seen, [kind])
            seen.text("health", repr(plugin.health_check()))
            with suppress(Exception):
                plugin.remove_leftovers("bronze")
            with suppress(Exception):
                seen.text("verify", repr(plugin.verify("bronze")))
            for asked, act in (("state", plugin.state), ("reset", partial(plugin.reset, to=ToSnapshot(1)))):
                with pytest.raises(IngestionError) as failed:
                    act("bronze.orders")
                seen.text(asked, f"{failed.value} {failed.value!r}")
            plugin.shutdown()


class Telltale(RestServer):
    """A catalog whose errors repeat what was asked, headers included."""

    def said(self, request: Request) -> str:
        return f"{request.target} {request.headers} {request.body!r}"


@pytest.mark.parametrize("status", [CUT, 400, 403, 409, 500])
def test_whatever_becomes_of_a_commit(status: int, seen: Seen, tmp_path: Path) -> None:
    server = Telltale(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id\n1\n")
    source = {
        "name": "orders",
        "source_type": "filesystem",
        "source_config": {"path": str(tmp_path / "data"), "format": "csv"},
        "destination_table": "bronze.orders",
        "cursor_field": "id",
    }
    catalog = {**server.properties, "token": secret("bearer token of a catalog")}
    plugin = a_plugin(seen, tmp_path, catalog, [source])
    server.will_answer([Oddity(is_done=False, status=status)] * 99)
    assert [False] == run_each(plugin, seen, ["orders"])
    server.will_answer(())
    assert [True] == run_each(plugin, seen, ["orders"])
    plugin.shutdown()
    seen.folder("working folder", tmp_path / "pipelines")
    look_at_tables(seen, catalog)
    server.stop()


def test_data_whose_reading_fails_with_a_secret_on_its_lips(seen: Seen, tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, int]]:
        yield {"id": 1}
        raise ConnectionError(f"cannot log in with password={secret('bearer token')}")

    plugin = a_plugin(seen, tmp_path, sqlite_catalog(tmp_path), [])
    config = IngestionConfig("filesystem", {"path": str(tmp_path), "format": "csv"}, "bronze.orders")
    result = plugin.run(plugin.create_pipeline(config), source=dlt.resource(rows, name="orders"))
    seen.text("result", repr(result))
    assert "password=***" in result.errors[0]
    plugin.shutdown()
    seen.folder("working folder", tmp_path / "pipelines")


def test_a_platform_that_binds_another_catalog(
    seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value of a variable that is named nowhere as a secret, but by the binding."""
    monkeypatch.setenv("LAKE_ENTRY", f"root:{secret('credential of a catalog')}")
    plugin = a_plugin(seen, tmp_path, {}, [])
    with Server(Echo(403)) as server:
        binding = {
            "iceberg_catalog_env": {
                "ICEBERG_CATALOG__ICEBERG_CATALOG_NAME": "LAKE",
                "PYICEBERG_CATALOG__LAKE__URI": server.url,
                "PYICEBERG_CATALOG__LAKE__TYPE": "rest",
            },
            "env_refs": {"PYICEBERG_CATALOG__LAKE__CREDENTIAL": "LAKE_ENTRY"},
        }
        config = IngestionConfig(
            "filesystem",
            {"path": str(tmp_path), "format": "csv"},
            "bronze.orders",
            runtime_binding=binding,
        )
        with pytest.raises(Exception) as caught:  # noqa: PT011 - what it says is searched
            plugin.create_pipeline(config)
        seen.error(caught.value)
    plugin.shutdown()


def test_there_are_as_many_kinds_and_failures_as_promised() -> None:
    assert len(KINDS) >= 30
    assert len(FAILURES) + len(CATALOG_FAILURES) >= 20


def test_a_secret_that_is_told_is_found(tmp_path: Path) -> None:
    """The search itself works."""
    seen = Seen()
    seen.text("log", f"token={secret('cookie')}")
    (tmp_path / "state.json").write_text(secret("bearer token"))
    seen.folder("working folder", tmp_path)
    assert {("cookie", "log"), ("bearer token", "working folder: state.json")} == seen.leaks()
