from __future__ import annotations

import pytest

from floe_ingestion_dlt.domain.secret_names import is_harmless_name, is_secret_name


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASS",
        "s3.secret-access-key",
        "s3.access-key-id",
        "API_KEY",
        "apikey",
        "AccountKey",
        "clientSecret",
        "accesstoken",
        "sig",
        "sas",
        "X-Amz-Security-Token",
        "Ocp-Apim-Subscription-Key",
        "credential",
        "refresh_tokens",
        "header.Authorization",
        "jwt",
    ],
)
def test_of_a_credential(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "uri",
        "warehouse",
        "s3.endpoint",
        "path",
        "primary_key",
        "merge_key",
        "design",
        "access_token_url",
        "token-refresh-enabled",
        "TOKENIZERS_PARALLELISM",
        "KAFKA_SASL_MECHANISM",
        "DISASTER_REGION",
        "COOKIE_DOMAIN",
        "",
    ],
)
def test_of_nothing_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["host", "PORT", "database", "username", "region_name", "client_id", "endpoint_url"]
)
def test_of_what_stands_among_credentials_and_is_none(name: str) -> None:
    assert is_harmless_name(name)
    assert not is_harmless_name("password")
