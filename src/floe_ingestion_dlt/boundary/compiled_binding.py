"""The binding that the platform compiles into a deployment: the catalog and the storage of the ingestion, without secrets.

`bound_properties` in `boundary/deployment.py` reads this binding at run time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from floe_core.composition.models import PluginRequirements, RequirementSet
from floe_core.schemas.compiled_artifacts import (
    CatalogDeploymentBinding,
    DltIngestionBinding,
    GlueCatalogDeploymentBinding,
    IcebergRestCatalogBinding,
    IcebergRestOAuth2Binding,
    IngestionDeploymentBinding,
    StorageDeploymentBinding,
)
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.boundary.deployment import CATALOG_NAME, CATALOG_TYPE, variable_of
from floe_ingestion_dlt.domain.faults import Invalid


def requirements_of(plugin_name: str) -> PluginRequirements:
    """The requirements of the ingestion on other plugins: a catalog of Iceberg tables."""
    needs = RequirementSet(table_formats=["iceberg"])
    return PluginRequirements(plugin_type="ingestion", plugin_name=plugin_name, requirements=needs)


def compiled_binding(
    plugin_name: str, storage: StorageDeploymentBinding, catalog: CatalogDeploymentBinding
) -> Result[IngestionDeploymentBinding, Invalid]:
    """The binding of a deployment with this storage and this catalog.

    Keys of the storage are named only if the catalog cannot issue keys of its own.
    """
    if catalog.iceberg_rest is not None:
        name, kind = catalog.iceberg_rest.catalog_name, "rest"
        properties, secrets = _of_rest(catalog.iceberg_rest, catalog)
    elif catalog.glue is not None:
        name, kind = catalog.glue.catalog_name, "glue"
        properties, secrets = _of_glue(catalog.glue), {}
    else:
        return Failure(
            Invalid("plugins.catalog", catalog.provider, "an Iceberg REST catalog, Polaris or Glue")
        )
    needs_keys = kind != "rest" or not storage.capabilities.sts_supported
    properties = storage.runtime.pyiceberg_properties | properties
    secrets = (dict(_keys_of(storage)) if needs_keys else {}) | secrets
    fixed = {CATALOG_NAME: name, CATALOG_TYPE: kind, variable_of(name, "type"): kind}
    binding = DltIngestionBinding(
        plugin_name=plugin_name,
        destination="filesystem",
        table_format="iceberg",
        source_filesystem=_connection(storage),
        destination_filesystem=_filesystem(storage),
        iceberg_catalog_env=fixed | {variable_of(name, key): value for key, value in properties.items()},
        env_refs={variable_of(name, key): variable for key, variable in secrets.items()},
    )
    return Success(IngestionDeploymentBinding(provider="dlt", dlt=binding))


def _of_rest(
    rest: IcebergRestCatalogBinding, catalog: CatalogDeploymentBinding
) -> tuple[dict[str, str], dict[str, str]]:
    """The properties of a REST catalog, and the variables that have the secret ones."""
    of_dbt = catalog.dbt.iceberg_rest if catalog.dbt else None
    oauth2 = rest.oauth2 or (of_dbt.oauth2 if of_dbt else None)
    properties = {**rest.properties, "uri": rest.uri, "warehouse": rest.warehouse}
    if oauth2 is None:
        return properties, {}
    if oauth2.oauth2_scope_default is not None:
        properties["scope"] = oauth2.oauth2_scope_default
    return properties, dict(_oauth2_variables(oauth2))


def _oauth2_variables(oauth2: IcebergRestOAuth2Binding) -> Iterator[tuple[str, str]]:
    yield "client-id", oauth2.client_id_env
    yield "client-secret", oauth2.client_secret_env
    yield "oauth2-server-uri", oauth2.oauth2_server_uri_env
    if oauth2.oauth2_scope_env is not None:
        yield "scope", oauth2.oauth2_scope_env


def _of_glue(glue: GlueCatalogDeploymentBinding) -> dict[str, str]:
    given = {
        "warehouse": glue.warehouse,
        "glue.region": glue.region,
        "glue.id": glue.catalog_id,
        "glue.endpoint": glue.endpoint,
        "glue.skip-archive": str(glue.skip_archive).lower(),
        "glue.max-retries": None if glue.max_retries is None else str(glue.max_retries),
        "glue.retry-mode": glue.retry_mode,
    }
    return glue.properties | {key: value for key, value in given.items() if value is not None}


def _keys_of(storage: StorageDeploymentBinding) -> Iterator[tuple[str, str]]:
    """The properties of pyiceberg for the storage's keys, and the variables that have the keys."""
    names = {"accessKeyId": "s3.access-key-id", "secretAccessKey": "s3.secret-access-key"}
    for key, variable in storage.runtime.env_refs.items():
        if key in names:
            yield names[key], variable


def _connection(storage: StorageDeploymentBinding) -> dict[str, str]:
    """The settings with which dlt connects to the storage."""
    endpoint = storage.endpoint
    style = "path" if endpoint.path_style_access else "vhost"
    return {"endpoint_url": endpoint.internal_url, "region_name": endpoint.region, "s3_url_style": style}


def _filesystem(storage: StorageDeploymentBinding) -> dict[str, str | Mapping[str, str]]:
    bucket = storage.warehouse.uri if storage.warehouse else storage.endpoint.warehouse_path
    return {"bucket_url": bucket, "credentials": _connection(storage)}
