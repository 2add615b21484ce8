"""What compose.yaml starts is what services.env names, and what integration tests ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import yaml

from tests.services.environment import NEEDED

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: Final[dict[str, Any]] = COMPOSE["services"]
ENVIRONMENT: Final = dict(
    line.split("=", 1)
    for line in (ROOT / "services.env").read_text().splitlines()
    if not line.startswith("#")
)
PUBLISHED: Final = {port.split(":")[1] for port in SERVICES["network"]["ports"]}


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_of_one_version(service: str) -> None:
    _, _, tag = SERVICES[service]["image"].rpartition(":")
    assert any(character.isdigit() for character in tag)


@pytest.mark.parametrize("name", [name for name in ENVIRONMENT if "://" in ENVIRONMENT[name]])
def test_an_address_is_published(name: str) -> None:
    address = urlsplit(ENVIRONMENT[name])
    assert "127.0.0.1" == address.hostname
    assert str(address.port) in PUBLISHED


def test_the_ports_of_links_are_published() -> None:
    assert ENVIRONMENT["TOXIPROXY_PORTS"] in PUBLISHED


def test_integration_tests_find_all_that_they_ask_for() -> None:
    assert set() == {*NEEDED, "MARIADB_URL"} - ENVIRONMENT.keys()


def test_who_enters_is_let_in() -> None:
    minio, postgres, mariadb, polaris = (
        SERVICES[name]["environment"] for name in ("minio", "postgres", "mariadb", "polaris")
    )
    keys = ENVIRONMENT["AWS_ACCESS_KEY_ID"], ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]
    assert keys == (minio["MINIO_ROOT_USER"], minio["MINIO_ROOT_PASSWORD"])
    assert keys == (polaris["AWS_ACCESS_KEY_ID"], polaris["AWS_SECRET_ACCESS_KEY"])
    realm, _, credential = polaris["POLARIS_BOOTSTRAP_CREDENTIALS"].partition(",")
    assert ENVIRONMENT["POLARIS_CREDENTIAL"] == credential.replace(",", ":")
    assert realm == polaris["polaris.realm-context.realms"]
    for url, prefix, settings in (
        (ENVIRONMENT["DATABASE_URL"], "POSTGRES", postgres),
        (ENVIRONMENT["MARIADB_URL"], "MARIADB", mariadb),
    ):
        address = urlsplit(url)
        assert (address.username, address.password) == (
            settings[f"{prefix}_USER"],
            settings[f"{prefix}_PASSWORD"],
        )
