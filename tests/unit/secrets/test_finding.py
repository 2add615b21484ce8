from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic import SecretStr

from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.secrets.finding import (
    has_credentials,
    masked,
    secrets_in,
    secrets_of_environment,
)

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
    assert has_credentials(config)


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


@pytest.mark.parametrize("sign", ["@", "/", "#", "?"])
def test_of_a_password_with_a_sign_that_should_have_been_encoded_each_part_is_known(sign: str) -> None:
    found = set(secrets_in({"connection_string": f"postgresql://shop:zqfirst{sign}zqrest@db/shop"}))
    assert {"zqfirst", "zqrest"} <= found


@pytest.mark.parametrize(
    "described",
    [
        {"client": {"headers": {"X-Maps": KEY}}},
        {"client": {"headers": {"Authorization": f"SSWS {KEY}"}}},
        {"resources": [{"endpoint": {"params": {"key": KEY}}}]},
        {"resources": [{"endpoint": {"json": {"login": {"code": KEY}}}}]},
        {"url": f"https://api.example/files?code={KEY}"},
        {"url": f"https://{KEY}@raw.example/orders.csv"},
        {"auth": {"name": "password", "value": KEY}},
        {"client": {"base_url": f"https://hooks.example/services/T024/{KEY}{KEY}/"}},
        {"resources": [{"endpoint": {"path": f"bot123:{KEY}/updates"}}]},
        {"resources": [{"endpoint": f"bot123:{KEY}/updates"}]},
        {"header.X-Shop": f"Key {KEY}"},
    ],
)
def test_what_looks_like_a_key_is_one_where_requests_are_described(described: dict[str, Any]) -> None:
    assert KEY in " ".join(secrets_in(described))
    assert has_credentials(described)


@pytest.mark.parametrize(
    "config",
    [
        {"path": "/data/export-2026-01-01-part7/orders.csv"},
        {"path": "s3://lake/export-2026-01-01-part7/orders.csv"},
        {"client": {"base_url": "https://api.example/v1/orders-of-today"}},
        {
            "client": {
                "headers": {"User-Agent": "shop-loader/2.0.1-beta7", "Accept": "application/vnd.x1+json"}
            }
        },
        {"resources": [{"endpoint": {"params": {"status": "completed", "since": "2026-01-01T00:00:00Z"}}}]},
        {"auth": {"access_token_url": "https://login.example/token", "token-refresh-enabled": "true"}},
        {
            "header.X-Iceberg-Access-Delegation": "vended-credentials",
            "header.User-Agent": "shop-loader/2.0.1-x7",
        },
        {"credentials": {"host": "db.example", "database": "orders", "username": "shop", "port": 5432}},
    ],
)
def test_what_tells_of_a_fault_is_not_hidden(config: dict[str, Any]) -> None:
    assert [] == list(secrets_in(config))


@pytest.mark.parametrize(
    ("config", "is_secret"),
    [
        ({"header.X-Shop": KEY}, True),
        ({"header.Authorization": f"Bearer {KEY}"}, True),
        ({"s3.secret-access-key": KEY}, True),
        ({"uri": f"postgresql://shop:{KEY}@db/shop"}, True),
        ({"path": f"https://api.example/orders.csv?sig={KEY}"}, True),
        ({"header.X-Iceberg-Access-Delegation": "vended-credentials"}, False),
        ({"uri": "postgresql://shop@db/shop", "warehouse": "s3://lake/2026-01-01"}, False),
        ({"connection_string": "postgresql://warehouse_loader@db/shop"}, False),
        ({"connection_string": f"AccountName=shop;AccountKey={KEY}"}, True),
        ({"credentials": {"code": KEY}}, True),
    ],
)
def test_a_configuration_with_credentials_is_not_sent_to_workers(
    config: dict[str, Any], *, is_secret: bool
) -> None:
    assert is_secret is has_credentials(config)


@pytest.mark.parametrize(
    "variables",
    [
        {"PWD": "/home/shop/loads", "OLDPWD": "/home/shop"},
        {"TOKENIZERS_PARALLELISM": "false", "USE_TOKEN": "true", "MAX_TOKENS": "4096"},
        {"SOURCES__SQL_DATABASE__CREDENTIALS__HOST": "db.example"},
        {"SOURCES__SQL_DATABASE__CREDENTIALS__DATABASE": "orders"},
        {"GOOGLE_APPLICATION_CREDENTIALS": "/etc/keys/shop.json"},
    ],
)
def test_variables_that_only_sound_secret_are_not_hidden(variables: dict[str, str]) -> None:
    assert [] == list(secrets_of_environment(variables))


def test_the_text_of_a_query_is_not_shown_and_is_there() -> None:
    held = masked({"query": "SELECT decrypt(v, 'hush') FROM t", "auth": {"location": "query"}})
    assert "hush" not in repr(held)
    assert "SELECT decrypt(v, 'hush') FROM t" == held["query"]
    assert "'query'}" in repr(held)
