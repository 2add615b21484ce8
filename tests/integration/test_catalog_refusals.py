"""Catalogs and storages that cannot be used: the error says so, and nothing is left behind."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt.errors import SourceConnectionError
from tests.integration.test_catalog_access import ROWS, files_of
from tests.platforms import TABLE, Platform
from tests.rest.gateway import Gateway
from tests.rest.odd import Answer, OddServer, Request
from tests.services.environment import Services
from tests.services.polaris import Polaris


class TestClosed:
    """Each is told with its category and what to do, before anything is read."""

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"credential": "root:wrong"}, r"\[PERMANENT\].*OAuthError.*Check the catalog's credential"),
            ({"scope": "PRINCIPAL_ROLE:nobody"}, r"\[PERMANENT\].*Check the catalog's credential"),
            ({"warehouse": "nowhere"}, r"\[CONFIGURATION\].*nowhere.*Check catalog_config"),
            ({"uri": "http://127.0.0.1:1/api/catalog"}, r"\[TRANSIENT\].*Check that the catalog"),
        ],
        ids=["secret", "scope", "warehouse", "address"],
    )
    def test_settings_that_are_wrong(
        self, polaris: Polaris, tmp_path: Path, wrong: dict[str, str], told: str
    ) -> None:
        refused_at_once(tmp_path, polaris.catalog() | wrong, told)

    def test_a_wrong_secret_for_a_token_server(self, polaris: Polaris, tmp_path: Path) -> None:
        catalog: dict[str, Any] = polaris.catalog()
        del catalog["credential"]
        oauth2 = {
            "client_id": "root",
            "client_secret": "wrong",
            "token_url": f"{catalog['uri']}/v1/oauth/tokens",
        }
        catalog["auth"] = {"type": "oauth2", "oauth2": oauth2}
        refused_at_once(tmp_path, catalog, r"\[PERMANENT\].*Check the catalog's credential")

    def test_a_token_that_nobody_takes_any_more(self, polaris: Polaris, tmp_path: Path) -> None:
        catalog = polaris.catalog() | {"token": "eyJhbGciOiJIUzI1NiJ9.e30.expired"}
        del catalog["credential"]
        refused_at_once(tmp_path, catalog, r"\[PERMANENT\].*UnauthorizedError")

    def test_a_server_that_answers_with_a_page(self, tmp_path: Path) -> None:
        server = Page()
        refused_at_once(
            tmp_path, {"type": "rest", "uri": server.uri}, r"\[CONFIGURATION\].*Set catalog_config.uri"
        )
        server.stop()

    def test_a_bucket_that_does_not_exist(self, polaris: Polaris, tmp_path: Path) -> None:
        platform = Platform(tmp_path, polaris.catalog(bucket="no-such-bucket"))
        result = platform.load(ROWS)
        assert result.errors[0].startswith("[CONFIGURATION]")
        assert "bucket" in result.errors[0]

    def test_a_table_that_is_named_as_a_metadata_table(self, polaris: Polaris, tmp_path: Path) -> None:
        result = Platform(tmp_path, polaris.catalog()).load(ROWS, table="bronze.Files")
        (error,) = result.errors
        assert error.startswith("[CONFIGURATION]")
        assert "the catalog failed to create bronze.Files" in error
        assert "Choose another destination_table, such as bronze.Files_." in error

    def test_a_bucket_that_does_not_exist_behind_a_sql_catalog(
        self, services: Services, tmp_path: Path
    ) -> None:
        platform = Platform(tmp_path, services.s3_properties | {"warehouse": "s3://no-such-bucket/lake"})
        result = platform.load(ROWS)
        assert result.errors[0].startswith("[CONFIGURATION]")
        assert "Create the bucket" in result.errors[0]

    def test_a_storage_that_refuses_the_keys_that_were_vended(self, gateway: Gateway, tmp_path: Path) -> None:
        def spoilt(_request: Request, told: Any) -> Any:
            if "s3.secret-access-key" in told.get("config", {}):
                told["config"]["s3.secret-access-key"] = "spoilt"
                for vended in told.get("storage-credentials", ()):
                    vended["config"]["s3.secret-access-key"] = "spoilt"
            return told

        gateway.changes = spoilt
        result = Platform(tmp_path, gateway.properties).load(ROWS)
        assert result.errors[0].startswith("[PERMANENT]")
        assert "if the catalog vends keys" in result.errors[0]
        assert "spoilt" not in result.errors[0]

    def test_a_principal_that_may_only_read_leaves_nothing_behind(
        self, polaris: Polaris, services: Services, tmp_path: Path
    ) -> None:
        catalog = polaris.catalog()
        reading = ("TABLE_READ_DATA", "TABLE_LIST", "NAMESPACE_LIST", "NAMESPACE_READ_PROPERTIES")
        credential = polaris.principal(catalog["warehouse"], *reading)
        owner = Platform(tmp_path, catalog)
        owner.load([{"id": 0}])
        before, files = (
            load_catalog("floe", **catalog).load_table(TABLE).metadata,
            files_of(catalog, services),
        )
        (tmp_path / "reader").mkdir()
        result = Platform(tmp_path / "reader", catalog | {"credential": credential}).load(ROWS)
        assert not result.success
        assert result.errors[0].startswith("[PERMANENT]")
        assert before == load_catalog("floe", **catalog).load_table(TABLE).metadata
        assert files == files_of(catalog, services)
        assert [{"id": 0}] == owner.rows("id")


class Page(OddServer):
    """A web server that is no catalog."""

    @property
    def properties(self) -> dict[str, str]:
        return {}

    def answer(self, request: Request) -> Answer:  # noqa: ARG002 - it is the same page for all
        return Answer(200, b"<!doctype html><title>Welcome</title>", "text/html")


def refused_at_once(folder: Path, catalog: dict[str, Any], told: str) -> None:
    start = time.monotonic()
    with pytest.raises(SourceConnectionError, match=told) as refused:
        Platform(folder, catalog).load(ROWS)
    assert time.monotonic() - start < 10
    assert "wrong" not in str(refused.value)
