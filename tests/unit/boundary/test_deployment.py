"""The catalog of a deployment comes from its binding, and its secrets from the environment."""

from __future__ import annotations

from typing import Any

import pytest
from floe_core.schemas.compiled_artifacts import DltIngestionBinding

from floe_ingestion_dlt.boundary.deployment import bound_properties
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.secret import Secret

BINDING: dict[str, Any] = {
    "plugin_name": "dlt",
    "destination": "filesystem",
    "table_format": "iceberg",
    "iceberg_catalog_env": {
        "ICEBERG_CATALOG__ICEBERG_CATALOG_NAME": "lake",
        "ICEBERG_CATALOG__ICEBERG_CATALOG_TYPE": "rest",
        "PYICEBERG_CATALOG__LAKE__TYPE": "rest",
        "PYICEBERG_CATALOG__LAKE__URI": "http://polaris:8181/api/catalog",
        "PYICEBERG_CATALOG__LAKE__S3__ENDPOINT": "http://minio:9000",
    },
    "env_refs": {
        "PYICEBERG_CATALOG__LAKE__S3__SECRET_ACCESS_KEY": "MINIO_SECRET",
        "DESTINATION__FILESYSTEM__CREDENTIALS__AWS_SECRET_ACCESS_KEY": "MINIO_SECRET",
    },
}
EXPECTED = {
    "type": "rest",
    "uri": "http://polaris:8181/api/catalog",
    "s3.endpoint": "http://minio:9000",
    "s3.secret-access-key": Secret("hush"),
}


@pytest.mark.parametrize("binding", [BINDING, DltIngestionBinding(**BINDING)], ids=["mapping", "model"])
def test_a_binding_becomes_pyicebergs_properties(binding: Any) -> None:
    assert EXPECTED == bound_properties(binding, {"MINIO_SECRET": "hush"}).unwrap()


def test_a_secret_that_is_not_set_is_named_by_its_variable() -> None:
    refused = bound_properties(BINDING, {}).failure()
    assert isinstance(refused, Invalid)
    assert "MINIO_SECRET" in refused.next_step


def test_a_binding_without_a_catalog_is_refused() -> None:
    refused = bound_properties(BINDING | {"iceberg_catalog_env": {}, "env_refs": {}}, {}).failure()
    assert "URI" in refused.next_step


def test_secrets_are_not_shown() -> None:
    assert "hush" not in repr(bound_properties(BINDING, {"MINIO_SECRET": "hush"}))


@pytest.mark.parametrize("binding", [5, "lake", [BINDING], ""])
def test_a_binding_that_is_no_mapping_and_no_model_is_refused(binding: Any) -> None:
    expected = Invalid(
        "runtime_binding", type(binding).__name__, "the binding that floe compiles, or to None"
    )
    assert expected == bound_properties(binding, {}).failure()
