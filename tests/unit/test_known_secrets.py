from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import SecretStr

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.known_secrets import secrets_in, secrets_of_environment

KEY = "Zq7vL2mX9tR4wK8b"
BASIC = base64.b64encode(f"shop:{KEY}".encode()).decode()


@pytest.mark.parametrize(
    "config",
    [
        {"credentials": SecretStr(KEY)},
        {"anything": Secret(KEY)},
        {"credential": f"root:{KEY}"},
        {"connection_string": f"postgresql://shop:{KEY}@db/shop"},
        {"plain": f"postgresql://shop:{KEY}@db/shop?sslmode=require"},
        {"client": {"base_url": f"https://api.example/?api_key={KEY}"}},
        {"client": {"auth": {"type": "api_key", "api_key": KEY, "name": "X-Key"}}},
        {"client": {"headers": {"Authorization": f"Bearer {KEY}"}}},
        {"client": {"headers": {"Cookie": f"lang=en; session={KEY}"}}},
        {"connection_string": f"AccountName=shop;AccountKey={KEY};EndpointSuffix=core"},
        {"resources": [{"endpoint": {"params": {"token": KEY}}}]},
        {"auth": {"type": "oauth2", "oauth2": {"client_id": "root", "client_secret": KEY}}},
        {"credentials": {"nested": {"deep": [KEY]}}},
        {"credentials": SecretStr(f'{{"aws_secret_access_key": "{KEY}"}}')},
    ],
)
def test_a_credential_is_found_wherever_it_stands(config: dict[str, Any]) -> None:
    assert KEY in set(secrets_in(config))


@pytest.mark.parametrize(
    "config",
    [
        {"username": "shop", "password": KEY},
        {"username": "shop", "password": SecretStr(KEY)},
        f"http://shop:{KEY}@h",
    ],
)
def test_what_basic_authentication_makes_of_it_is_known_too(config: object) -> None:
    assert BASIC in set(secrets_in(config))


def test_a_password_of_a_url_is_known_as_it_is_and_as_it_is_written() -> None:
    assert {"p@ss/word", "p%40ss%2Fword"} <= set(secrets_in("postgresql://shop:p%40ss%2Fword@db/shop"))


def test_what_is_no_credential_is_not_hidden() -> None:
    config = {
        "path": "data",
        "format": "csv",
        "table": "orders",
        "port": 5432,
        "base_url": "https://api.example/v1?page=2",
    }
    assert [] == list(secrets_in(config))


def test_variables_are_taken_by_their_names() -> None:
    environment = {"SOURCES__X__API_KEY": KEY, "HOME": "/root", "AWS_SECRET_ACCESS_KEY": "another-one"}
    assert {KEY, "another-one"} == set(secrets_of_environment(environment))
