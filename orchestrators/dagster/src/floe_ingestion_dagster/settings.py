"""The settings of the ingestion, from the artifacts that floe compiles."""

from __future__ import annotations

from floe_core.schemas.compiled_artifacts import PluginRef
from pydantic import ValidationError

from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Context, Invalid
from floe_ingestion_dlt.errors import IngestionError, PipelineConfigurationError, error_of

PLUGIN_TYPE = "dlt"


def ingestion_settings(plugin: PluginRef) -> DltIngestionConfig:
    """The plugin's configuration; PipelineConfigurationError names, in one line, the field that cannot be used."""
    if plugin.type != PLUGIN_TYPE:
        raise _refused("plugins.ingestion.type", plugin.type, PLUGIN_TYPE)
    try:
        return DltIngestionConfig.model_validate(plugin.config or {})
    except ValidationError as refused:
        first = refused.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(["plugins", "ingestion", "config", *map(str, first["loc"])])
        raise _refused(field, "the value", first["msg"]) from None


def _refused(field: str, given: str, wanted: str) -> IngestionError:
    fault = Invalid(field, given, wanted)
    return error_of(PipelineConfigurationError, fault, Context())
