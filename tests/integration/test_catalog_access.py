"""The ways into a catalog and to its storage, and what is told where one of them is closed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from itertools import count
from pathlib import Path
from typing import Any, Final

import certifi
import dlt
import pytest
import requests
import trustme
from dlt.common.destination import Destination
from examples.polaris import SCOPE
from pyarrow import fs
from pyiceberg.catalog import load_catalog

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.errors import SourceConnectionError
from tests.platforms import TABLE, Platform
from tests.rest.gateway import Gateway
from tests.rest.odd import COMMITS, Oddity, Request
from tests.services.environment import Services
from tests.services.polaris import Polaris
from tests.services.tls import PrivateTls, signed_by

ROWS: Final = [{"id": 1}, {"id": 2}]


def loaded(folder: Path, **catalog: Any) -> list[dict[str, Any]]:
    """The rows of a table after a load into it with these settings."""
    platform = Platform(folder, catalog)
    result = platform.load(ROWS)
    assert result.success, result.errors
    return platform.rows("id")


def ids_in(catalog: dict[str, str]) -> list[Any]:
    """The ids of the rows as somebody reads them who knows nothing of us."""
    rows = load_catalog("floe", **catalog).load_table(TABLE).scan().to_arrow()
    return rows.sort_by("id")["id"].to_pylist()


def files_of(catalog: dict[str, str], services: Services) -> set[str]:
    """Every file of the catalog's tables, whoever may know of it."""
    storage = fs.S3FileSystem(
        endpoint_override=services.s3_endpoint,
        access_key=services.s3_key,
        secret_key=services.s3_secret,
        region=services.s3_region,
    )
    everything = fs.FileSelector(f"{services.bucket}/{catalog['warehouse']}", recursive=True)
    return {found.path for found in storage.get_file_info(everything)}


def in_a_process(catalog: dict[str, str], folder: Path, environment: dict[str, str]) -> str:
    """What a process with this environment says when it has loaded the rows."""
    command = [sys.executable, "-W", "ignore", "-c", IN_A_PROCESS, json.dumps(catalog), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip().splitlines()[-1]


def token_for(services: Services) -> str:
    client, secret = services.polaris_credential.split(":")
    login = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, "scope": SCOPE}
    answer = requests.post(f"{services.polaris}/v1/oauth/tokens", data=login, timeout=30)
    return str(answer.json()["access_token"])


class TestOpen:
    def test_keys_that_the_catalog_vends(self, polaris: Polaris, tmp_path: Path) -> None:
        assert ROWS == loaded(tmp_path, **polaris.catalog())

    def test_no_warning_of_where_tokens_are_fetched(self, polaris: Polaris) -> None:
        destination = IcebergDestination.from_properties(polaris.catalog())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert destination.catalog.list_namespaces() == []

    def test_static_keys_where_the_catalog_vends_none(self, polaris: Polaris, tmp_path: Path) -> None:
        assert ROWS == loaded(tmp_path, **polaris.catalog(vends=False))

    def test_a_bearer_token(self, polaris: Polaris, services: Services, tmp_path: Path) -> None:
        catalog = polaris.catalog()
        del catalog["credential"]
        assert ROWS == loaded(tmp_path, **catalog, token=token_for(services))

    def test_oauth2_as_a_group_of_settings(self, polaris: Polaris, tmp_path: Path) -> None:
        catalog = polaris.catalog()
        client, secret = catalog.pop("credential").split(":")
        oauth2 = {
            "client_id": client,
            "client_secret": secret,
            "token_url": f"{catalog['uri']}/v1/oauth/tokens",
            "scope": SCOPE,
            "refresh_margin": 30,
        }
        assert ROWS == loaded(tmp_path, **catalog, auth={"type": "oauth2", "oauth2": oauth2})

    @pytest.mark.parametrize("vends", [True, False])
    def test_dlt_itself_by_the_destinations_configuration(
        self, polaris: Polaris, tmp_path: Path, *, vends: bool
    ) -> None:
        catalog = polaris.catalog(vends=vends)
        config = DltIngestionPlugin().get_destination_config(catalog)
        destination = Destination.from_reference(config.pop("destination"), **config)
        pipeline = dlt.pipeline("orders", str(tmp_path), destination=destination, dataset_name="bronze")
        pipeline.run(ROWS, table_name="orders")
        assert [1, 2] == ids_in(catalog)

    def test_a_deployment_that_the_platform_has_bound(
        self, polaris: Polaris, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        catalog, prefix = polaris.catalog(), "PYICEBERG_CATALOG__LAKE__"
        monkeypatch.setenv("LAKE_CREDENTIAL", catalog["credential"])
        plain = ("type", "uri", "warehouse", "scope")
        binding = {
            "iceberg_catalog_env": {"ICEBERG_CATALOG__ICEBERG_CATALOG_NAME": "lake"}
            | {f"{prefix}{key.upper()}": catalog[key] for key in plain},
            "env_refs": {f"{prefix}CREDENTIAL": "LAKE_CREDENTIAL"},
        }
        assert Platform(tmp_path).load(ROWS, runtime_binding=binding).success
        assert [1, 2] == ids_in(catalog)

    def test_a_secret_that_only_the_environment_knows(self, polaris: Polaris, tmp_path: Path) -> None:
        catalog = polaris.catalog()
        environment = os.environ | {"PYICEBERG_CATALOG__FLOE__CREDENTIAL": catalog.pop("credential")}
        assert "2 rows" == in_a_process(catalog, tmp_path, environment)

    def test_a_server_whose_certificate_a_private_authority_has_signed(
        self, polaris: Polaris, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        authority, gateway = trustme.CA(), Gateway(polaris.catalog())
        gateway.socket = signed_by(authority).wrap_socket(gateway.socket, server_side=True)
        bundle = tmp_path / "authority.pem"
        authority.cert_pem.write_to_path(str(bundle))
        settings = gateway.properties | {"uri": gateway.uri.replace("http", "https")}
        with pytest.raises(SourceConnectionError, match=r"\[CONFIGURATION\].*ssl"):
            Platform(tmp_path, settings).load(ROWS)
        (tmp_path / "trusted").mkdir()
        # Machines of companies have one; the setting is the nearer word.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certifi.where())
        trusted = Platform(tmp_path / "trusted", settings | {"ssl": {"cabundle": str(bundle)}})
        assert trusted.load(ROWS).success
        assert [1, 2] == ids_in(gateway.behind)
        gateway.stop()

    def test_a_storage_whose_certificate_a_private_authority_has_signed(
        self, services: Services, tmp_path: Path
    ) -> None:
        storage = PrivateTls(services.s3_endpoint, tmp_path)
        # A folder of its own in the bucket: a SQL catalog needs no more to be new.
        warehouse = f"s3://{services.bucket}/{tmp_path.name}-{time.time_ns()}"
        settings = services.s3_properties | {"s3.endpoint": storage.url, "warehouse": warehouse}
        (refused,) = Platform(tmp_path, settings).load(ROWS).errors
        assert refused.startswith("[CONFIGURATION]")
        assert "SSL_CERT_FILE" in refused
        environment = os.environ | {"SSL_CERT_FILE": str(storage.bundle)}
        (tmp_path / "trusted").mkdir()
        assert "2 rows" == in_a_process(settings, tmp_path / "trusted", environment)
        storage.close()

    def test_requests_are_signed_where_that_is_asked_for(self, gateway: Gateway, tmp_path: Path) -> None:
        signing = {
            "rest.sigv4-enabled": "true",
            "rest.signing-region": "eu-north-1",
            "rest.signing-name": "glue",
            "client.access-key-id": "AKIDEXAMPLE",
            "client.secret-access-key": "not-a-secret",
        }
        # Polaris wants a token and not a signature, so that nothing but the first question comes to anything.
        with pytest.raises(SourceConnectionError):
            Platform(tmp_path, gateway.properties | signing).load(ROWS)
        credential = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"
        assert any(
            told.startswith(credential) and "/eu-north-1/glue/" in told for told in gateway.authorizations
        )


class TestRenewed:
    @pytest.mark.parametrize("odd_path", ["namespaces", r"namespaces/[^/]+/tables", COMMITS])
    def test_a_token_that_has_expired_is_fetched_anew(
        self, gateway: Gateway, tmp_path: Path, odd_path: str
    ) -> None:
        gateway.will_answer([Oddity(is_done=False, status=401)], odd_path)
        assert ROWS == loaded(tmp_path, **gateway.properties)

    def test_a_token_of_a_token_server_is_fetched_anew_as_well(
        self, gateway: Gateway, tmp_path: Path
    ) -> None:
        catalog: dict[str, Any] = gateway.properties
        client, secret = catalog.pop("credential").split(":")
        tokens = {"client_id": client, "client_secret": secret, "scope": SCOPE}
        oauth2 = tokens | {"token_url": f"{gateway.uri}/v1/oauth/tokens"}
        gateway.will_answer([Oddity(is_done=False, status=401)], COMMITS)
        platform = Platform(tmp_path, catalog | {"auth": {"type": "oauth2", "oauth2": oauth2}})
        assert platform.load(ROWS).success
        assert 2 <= gateway.posted.count("oauth/tokens")

    def test_a_token_that_expires_before_several_tables_are_committed(
        self, gateway: Gateway, tmp_path: Path
    ) -> None:
        gateway.will_answer([Oddity(is_done=False, status=401)], "transactions/commit")
        platform = Platform(tmp_path, gateway.properties)
        result = platform.load([{"id": 1, "lines": [{"line": 1}]}])
        assert result.success, result.errors
        assert [{"line": 1}] == platform.rows("line", table=f"{TABLE}__lines")

    def test_keys_that_expire_while_a_load_goes_on_are_vended_anew(
        self, gateway: Gateway, tmp_path: Path
    ) -> None:
        answers = count()

        def every_other_one_expired(_request: Request, told: Any) -> Any:
            if "s3.session-token" in told.get("config", {}) and next(answers) % 2 == 0:
                expired = {"s3.session-token": "expired", "s3.session-token-expires-at-ms": "0"}
                told["config"] |= expired
                for vended in told.get("storage-credentials", ()):
                    vended["config"] |= expired
            return told

        gateway.changes = every_other_one_expired
        platform = Platform(tmp_path, gateway.properties)
        for load in (1, 2):
            merged = platform.load(ROWS, write_mode="merge", source_config={"primary_key": "id"})
            assert merged.success, (load, merged.errors)
        assert [1, 2] == ids_in(gateway.behind)


IN_A_PROCESS: Final = """
import json, sys
from pathlib import Path
from tests.platforms import Platform
platform = Platform(Path(sys.argv[2]), json.loads(sys.argv[1]))
result = platform.load([{"id": 1}, {"id": 2}])
print(*result.errors, f"{len(platform.rows())} rows")
"""
