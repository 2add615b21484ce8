"""What the configuration keeps to itself."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from floe_ingestion_dlt.config import DltIngestionConfig
from tests.unit.test_config import HUSH, SOURCE, a_source, refusal


class TestSecrets:
    @pytest.mark.parametrize(
        "catalog",
        [
            *(
                {key: HUSH}
                for key in (
                    "credential",
                    "token",
                    "s3.access-key-id",
                    "s3.secret-access-key",
                    "my_secret_access_key",
                    "s3.session-token",
                    "gcs.oauth2.token",
                    "adls.client-secret",
                    "adls.account-key",
                    "adls.connection-string",
                    "adls.sas-token",
                    "header.Authorization",
                    "DB_PASSWORD",
                )
            ),
            {"uri": f"postgresql+psycopg2://ann:{HUSH}@db/catalog"},
            {"auth": {"type": "basic", "basic": {"username": "ann", "password": HUSH}}},
        ],
        ids=str,
    )
    def test_secrets_of_the_catalog_are_not_shown(self, catalog: dict[str, object]) -> None:
        config = DltIngestionConfig(catalog_config=catalog)
        assert HUSH not in f"{config!r} {config} {config.model_dump()} {config.model_dump_json()}"

    def test_a_secret_of_digits_is_not_shown(self) -> None:
        assert "12345" not in DltIngestionConfig(catalog_config={"token": 12345}).model_dump_json()

    def test_secrets_of_the_catalog_keep_their_values(self) -> None:
        assert {"token": SecretStr(HUSH)} == DltIngestionConfig(catalog_config={"token": HUSH}).catalog_config

    def test_what_is_not_secret_is_kept_as_it_was_given(self) -> None:
        given = {"uri": "http://x", "warehouse": "w", "s3.endpoint": "http://m", "s3.anonymous": True}
        assert given == DltIngestionConfig(catalog_config=given).catalog_config

    def test_credentials_are_not_shown(self) -> None:
        source = a_source(credentials=HUSH)
        assert HUSH not in f"{source!r} {source} {source.model_dump()} {source.model_dump_json()}"

    def test_what_a_source_is_made_of_is_not_printed(self) -> None:
        source = a_source(source_config={"connection_string": f"postgresql://ann:{HUSH}@db/shop"})
        assert HUSH not in f"{source!r} {source}"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"catalog_config": {"credential": HUSH}, "retries": HUSH},
            {"catalog_config": HUSH},
            {"sources": [SOURCE | {"credentials": [HUSH]}]},
            {"sources": [SOURCE | {"source_config": [HUSH], "credentials": HUSH}]},
            {"sources": [SOURCE | {"source_config": {"token": HUSH}}] * 2},
        ],
    )
    def test_an_error_does_not_show_what_may_be_secret(self, wrong: dict[str, Any]) -> None:
        assert HUSH not in refusal(DltIngestionConfig, **wrong)
