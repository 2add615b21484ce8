"""No request of a REST catalog waits for ever, whatever it is for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event
from typing import Any, Final

import pytest
from returns.result import Failure

from floe_ingestion_dlt.adapters.iceberg import rest_internals
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.secret import Settings
from tests.rest.odd import Answer, OddServer, Request

SECONDS: Final = 0.3
CONFIG: Final = Answer(200, b'{"defaults": {}, "overrides": {}}')
TOKEN: Final = Answer(200, b'{"access_token": "token", "token_type": "bearer", "expires_in": 3600}')


class Silent(OddServer):
    """A catalog that does not answer requests for *path*, until it is stopped."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._stopped = Event()
        super().__init__()

    @property
    def properties(self) -> dict[str, str]:
        return {"type": "rest", "uri": self.uri}

    def answer(self, request: Request) -> Answer:
        if request.path == self._path:
            self._stopped.wait(30)
        return TOKEN if request.path == "oauth/tokens" else CONFIG

    def stop(self) -> None:
        self._stopped.set()
        super().stop()


@pytest.fixture
def silent(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Silent]:
    monkeypatch.setattr(rest_internals, "HTTP_TIMEOUT_SECONDS", (SECONDS, SECONDS))
    made = Silent(request.param)
    yield made
    made.stop()


def gives_up(settings: Settings) -> None:
    destination = IcebergDestination.from_properties(settings)
    start = time.monotonic()
    answer = destination.has_namespace(("bronze",))
    assert time.monotonic() - start < 10
    assert isinstance(answer, Failure)
    assert Category.TRANSIENT is answer.failure().category
    assert "Timeout" in answer.failure().message


@pytest.mark.parametrize("silent", ["config", "namespaces/bronze", "oauth/tokens"], indirect=True)
def test_a_silent_catalog_is_given_up(silent: Silent) -> None:
    gives_up(silent.properties | {"credential": "id:secret"})


@pytest.mark.parametrize("silent", ["oauth/tokens"], indirect=True)
def test_a_silent_token_server_is_given_up(silent: Silent) -> None:
    token_url = f"{silent.uri}/v1/oauth/tokens"
    oauth2: dict[str, Any] = {"client_id": "id", "client_secret": "secret", "token_url": token_url}
    gives_up(silent.properties | {"auth": {"type": "oauth2", "oauth2": oauth2}})


@pytest.mark.parametrize("silent", ["config"], indirect=True)
def test_a_silent_catalog_that_wants_signatures_is_given_up(silent: Silent) -> None:
    signing = {
        "rest.sigv4-enabled": "true",
        "rest.sigv4.max-retries": "0",
        "rest.signing-region": "eu-north-1",
        "client.access-key-id": "key",
        "client.secret-access-key": "secret",
    }
    gives_up(silent.properties | signing)
