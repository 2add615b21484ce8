"""All that Dagster needs of the ingestion of a product."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dagster import Definitions
from floe_core.schemas.compiled_artifacts import CompiledArtifacts

from floe_ingestion_dagster.assets import create_ingestion_assets
from floe_ingestion_dagster.resource import RESOURCE_KEY, ingestion_resource
from floe_ingestion_dagster.settings import ingestion_settings
from floe_ingestion_dagster.translator import FloeIngestionTranslator


def build_ingestion_definitions(
    artifacts: CompiledArtifacts | Mapping[str, object] | str | Path,
    *,
    translator: FloeIngestionTranslator | None = None,
) -> Definitions:
    """The assets and the resource of the compiled *artifacts*, or of the file that holds them; empty without an ingestion.

    Raises:
        PipelineConfigurationError: a setting cannot be used; the field is named.
    """
    plugins = _parsed(artifacts).plugins
    if plugins is None or plugins.ingestion is None:
        return Definitions()
    settings = ingestion_settings(plugins.ingestion)
    return Definitions(
        assets=create_ingestion_assets(settings, translator=translator),
        resources={RESOURCE_KEY: ingestion_resource(settings)},
    )


def _parsed(artifacts: CompiledArtifacts | Mapping[str, object] | str | Path) -> CompiledArtifacts:
    if isinstance(artifacts, CompiledArtifacts):
        return artifacts
    if isinstance(artifacts, Mapping):
        return CompiledArtifacts.model_validate(artifacts)
    return CompiledArtifacts.from_json_file(Path(artifacts))
