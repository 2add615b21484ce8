"""Environment variables in the plugin's configuration, and in the config of a pipeline."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig
from floe_ingestion_dlt.running.declared import Declared


def source(**source_config: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "source_type": "filesystem",
        "source_config": {"path": "/data", "format": "csv", **source_config},
        "destination_table": "${NAMESPACE:-bronze}.orders",
    }


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "/mnt/$${DATA}")
    monkeypatch.setenv("RETRIES", "7")
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.delenv("NAMESPACE", raising=False)


def places_in(refused: pytest.ExceptionInfo[ValidationError]) -> dict[tuple[str | int, ...], str]:
    return {error["loc"]: error["msg"] for error in refused.value.errors()}


def test_all_texts_of_the_configuration_get_the_values_of_variables() -> None:
    config = DltIngestionConfig.model_validate(
        {
            "catalog_config": {"uri": "https://${HOST:-polaris}/x", "warehouse": "$${lake}"},
            "retry_config": {"max_retries": "${RETRIES}"},
            "sources": [source(path="${DATA}/in", files=["${DATA}"])],
        }
    )
    assert config.catalog_config == {"uri": "https://polaris/x", "warehouse": "${lake}"}
    assert config.retry_config.max_retries == 7
    (made,) = config.sources
    assert made.destination_table == "bronze.orders"
    assert {"path": "/mnt/$${DATA}/in", "format": "csv", "files": ["/mnt/$${DATA}"]} == made.source_config


def test_a_source_that_is_made_by_itself_gets_them_too() -> None:
    made = IngestionSourceConfig(**source(path="${DATA}"))
    assert made.source_config["path"] == "/mnt/$${DATA}"
    (same,) = DltIngestionConfig(sources=(made,)).sources
    assert same.source_config["path"] == "/mnt/$${DATA}"


def test_every_variable_that_is_not_set_is_named_with_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        DltIngestionConfig.model_validate(
            {
                "catalog_config": {"uri": "${NOWHERE}"},
                "sources": [source(files=["x", "${NOWHERE}"]), source(path="${not a name}")],
            }
        )
    found = places_in(refused)
    unset = "the variable NOWHERE is not set. Set it, or write ${NOWHERE:-default}."
    assert unset == found["catalog_config", "uri"]
    assert unset == found["sources", 0, "shop", "source_config", "files", 1]
    assert "${NAME:-default}" in found["sources", 1, "shop", "source_config", "path"]


def test_the_value_of_a_password_is_hidden_as_if_it_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG", "postgresql://me:hunter2@db/lake")
    config = DltIngestionConfig.model_validate(
        {"catalog_config": {"type": "sql", "uri": "${PG}", "warehouse": "/lake"}}
    )
    assert "hunter2" not in repr(config) + str(config.catalog_config)


def test_the_ingestion_config_of_a_source_hides_its_passwords_as_its_declaration_does() -> None:
    made = IngestionSourceConfig(
        **source(path="s3://lake/in", credentials={"aws_secret_access_key": "hunt$${er}2"})
    )
    config = Declared.by(made).config()
    assert "hunt" not in repr(config)
    assert config.source_config["credentials"] == {"aws_secret_access_key": "hunt$${er}2"}
