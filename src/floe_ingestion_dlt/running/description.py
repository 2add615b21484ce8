"""What the platform may ask of the plugin before it is configured."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from floe_core.composition.models import PluginRequirements
from floe_core.plugins.ingestion import IngestionPlugin
from floe_core.schemas.compiled_artifacts import (
    CatalogDeploymentBinding,
    IngestionDeploymentBinding,
    StorageDeploymentBinding,
)

from floe_ingestion_dlt.adapters.sources.registry import source_types
from floe_ingestion_dlt.adapters.telemetry.names import TRACER_NAME
from floe_ingestion_dlt.boundary.compiled_binding import compiled_binding, requirements_of
from floe_ingestion_dlt.boundary.validation import value_or_raise
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.merge import STRATEGIES
from floe_ingestion_dlt.domain.write_modes import WRITE_MODES


class DescribedPlugin(IngestionPlugin):
    """The plugin's name, version and capabilities."""

    @property
    def name(self) -> str:
        return "dlt"

    @property
    def version(self) -> str:
        return version("floe-ingestion-dlt")

    @property
    def floe_api_version(self) -> str:
        return "1.0"

    @property
    def description(self) -> str:
        return "REST APIs, SQL databases and files into Iceberg tables through dlt"

    @property
    def tracer_name(self) -> str:
        """The name of the OpenTelemetry tracer that the plugin's spans have: floe's audit asks for it."""
        return TRACER_NAME

    @property
    def is_external(self) -> bool:
        """False: dlt runs in this process."""
        return False

    @property
    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """The values that the configuration accepts in this version."""
        return {
            "source_types": source_types(),
            "write_modes": WRITE_MODES,
            "merge_strategies": tuple(strategy.name for strategy in STRATEGIES),
            "schema_contracts": tuple(contract.value for contract in SchemaContract),
        }

    def get_composition_requirements(self) -> PluginRequirements:
        """The platform's plugins that this plugin needs: a catalog of Iceberg tables."""
        return requirements_of(self.name)

    def build_deployment_binding(
        self, *, storage: StorageDeploymentBinding, catalog: CatalogDeploymentBinding
    ) -> IngestionDeploymentBinding:
        """The binding of a deployment with its catalog and storage, without secrets; a ValueError names a missing setting."""
        return value_or_raise(compiled_binding(self.name, storage, catalog))
