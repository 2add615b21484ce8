"""The settings of the ingestion, from the artifacts that floe compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from floe_ingestion_dlt.boundary.validation import first_invalid
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Context, Invalid
from floe_ingestion_dlt.errors import IngestionError, PipelineConfigurationError, error_of

if TYPE_CHECKING:
    from floe_core.schemas.compiled_artifacts import PluginRef

PLUGIN_TYPE = "dlt"


def ingestion_settings(plugin: PluginRef) -> DltIngestionConfig:
    """The plugin's configuration; PipelineConfigurationError names, in one line, the field that cannot be used."""
    if plugin.type != PLUGIN_TYPE:
        raise _error(Invalid("plugins.ingestion.type", plugin.type, PLUGIN_TYPE))
    try:
        return DltIngestionConfig.model_validate(plugin.config or {})
    except ValidationError as refused:
        raise _error(first_invalid(refused, "plugins", "ingestion", "config")) from None


def _error(fault: Invalid) -> IngestionError:
    return error_of(PipelineConfigurationError, fault, Context())
