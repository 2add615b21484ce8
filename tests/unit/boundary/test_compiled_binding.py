"""What floe compiles for a deployment is what a run makes its catalog of."""

from __future__ import annotations

from typing import Any

import pytest
from floe_core.composition.models import CapabilitySet, PluginCapabilities
from floe_core.composition.resolver import CompositionResolver
from floe_core.schemas.compiled_artifacts import CatalogDeploymentBinding, StorageDeploymentBinding

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.boundary.compiled_binding import compiled_binding, requirements_of
from floe_ingestion_dlt.boundary.deployment import bound_properties
from floe_ingestion_dlt.domain.secret import Secret

ENDPOINT = {
    "internal_url": "http://minio:9000",
    "external_url": "http://localhost:9000",
    "region": "us-east-1",
    "warehouse_path": "s3://lake",
    "path_style_access": True,
}
POLARIS = {
    "storage_type": "S3",
    "default_base_location": "s3://lake",
    "allowed_locations": ["s3://lake"],
    "endpoint": "http://localhost:9000",
    "endpoint_internal": "http://minio:9000",
    "path_style_access": True,
    "sts_unavailable": True,
}
REST = {"catalog_name": "polaris", "uri": "http://polaris:8181/api/catalog", "warehouse": "lake"}
OAUTH2 = {
    "client_id_env": "POLARIS_CLIENT_ID",
    "client_secret_env": "POLARIS_CLIENT_SECRET",
    "oauth2_server_uri_env": "POLARIS_OAUTH2_SERVER_URI",
    "oauth2_scope_env": "POLARIS_SCOPE",
    "oauth2_scope_default": "PRINCIPAL_ROLE:ALL",
}
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "access",
    "AWS_SECRET_ACCESS_KEY": "hush",
    "POLARIS_CLIENT_ID": "root",
    "POLARIS_CLIENT_SECRET": "hush-hush",
}


def storage(*, sts: bool = False) -> StorageDeploymentBinding:
    return StorageDeploymentBinding.model_validate(
        {
            "provider": "minio",
            "endpoint": ENDPOINT,
            "credentials": {
                "mode": "environment",
                "env_refs": {"accessKeyId": "AWS_ACCESS_KEY_ID", "secretAccessKey": "AWS_SECRET_ACCESS_KEY"},
            },
            "capabilities": {"protocols": ["s3-compatible"], "sts_supported": sts},
            "runtime": {
                "pyiceberg_properties": {"s3.endpoint": "http://minio:9000", "s3.path-style-access": "true"},
                "env_refs": {"accessKeyId": "AWS_ACCESS_KEY_ID", "secretAccessKey": "AWS_SECRET_ACCESS_KEY"},
            },
            "dbt": {"profile_name": "floe", "target_name": "dev", "schema_name": "analytics"},
            "dagster": {"resource_key": "minio", "asset_io_manager_key": "io"},
        }
    )


def catalog(**changed: Any) -> CatalogDeploymentBinding:
    given = {
        "provider": "polaris",
        "polaris": POLARIS,
        "iceberg_rest": REST,
        "dbt": {"iceberg_rest": {**REST, "catalog_name": "iceberg", "oauth2": OAUTH2}},
    }
    return CatalogDeploymentBinding.model_validate(given | changed)


def at_run_time(
    of_storage: StorageDeploymentBinding, of_catalog: CatalogDeploymentBinding, environment: dict[str, str]
) -> Any:
    binding = compiled_binding("dlt", of_storage, of_catalog).unwrap()
    return bound_properties(binding.dlt.model_dump(mode="python"), environment)


def test_a_run_is_given_the_catalog_the_storage_and_the_credentials() -> None:
    assert {
        "type": "rest",
        "uri": "http://polaris:8181/api/catalog",
        "warehouse": "lake",
        "scope": "PRINCIPAL_ROLE:ALL",
        "credential": Secret("root:hush-hush"),
        "s3.endpoint": "http://minio:9000",
        "s3.path-style-access": "true",
        "s3.access-key-id": Secret("access"),
        "s3.secret-access-key": Secret("hush"),
    } == at_run_time(storage(), catalog(), ENVIRONMENT).unwrap()


def test_a_catalog_that_issues_keys_needs_none_of_the_storage() -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("AWS")}
    properties = at_run_time(storage(sts=True), catalog(), environment).unwrap()
    assert "s3.access-key-id" not in properties


def test_the_scope_and_the_token_server_of_the_environment_take_precedence() -> None:
    own = {"POLARIS_SCOPE": "PRINCIPAL_ROLE:etl", "POLARIS_OAUTH2_SERVER_URI": "http://polaris:8181/oauth"}
    properties = at_run_time(storage(), catalog(), ENVIRONMENT | own).unwrap()
    assert ("PRINCIPAL_ROLE:etl", "http://polaris:8181/oauth") == (
        properties["scope"],
        properties["oauth2-server-uri"],
    )


@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_a_secret_that_is_not_set_is_named(missing: str) -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}
    assert missing in at_run_time(storage(), catalog(), environment).failure().next_step


def test_glue_is_bound_by_its_region_and_account() -> None:
    glue = {"region": "eu-west-1", "warehouse": "s3://lake", "catalog_id": "123456789012"}
    bound = catalog(provider="glue", polaris=None, iceberg_rest=None, dbt=None, glue=glue)
    properties = at_run_time(storage(), bound, ENVIRONMENT).unwrap()
    assert {
        "type": "glue",
        "warehouse": "s3://lake",
        "glue.region": "eu-west-1",
        "glue.id": "123456789012",
        "glue.skip-archive": "true",
    }.items() <= properties.items()


def test_another_kind_of_catalog_is_refused_with_those_that_can_be_bound() -> None:
    bound = catalog(provider="nessie", polaris=None, iceberg_rest=None, dbt=None)
    with pytest.raises(ValueError, match=r"plugins\.catalog: 'nessie'.*Glue"):
        DltIngestionPlugin().build_deployment_binding(storage=storage(), catalog=bound)


def test_what_is_compiled_holds_no_secret() -> None:
    binding = DltIngestionPlugin().build_deployment_binding(storage=storage(), catalog=catalog())
    written = binding.model_dump_json()
    assert [] == [value for value in ENVIRONMENT.values() if f'"{value}"' in written]


@pytest.mark.parametrize(("formats", "is_valid"), [(["iceberg"], True), (["delta"], False)])
def test_a_catalog_must_have_iceberg_tables(formats: list[str], is_valid: bool) -> None:  # noqa: FBT001
    has = CapabilitySet(table_formats=formats)
    beside = [
        PluginCapabilities(plugin_type="storage", plugin_name="minio"),
        PluginCapabilities(plugin_type="catalog", plugin_name="some", capabilities=has),
    ]
    found = CompositionResolver().validate(beside, [requirements_of("dlt")])
    assert is_valid is found.valid
    assert DltIngestionPlugin().get_composition_requirements() == requirements_of("dlt")
