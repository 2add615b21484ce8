"""All that Dagster needs of the ingestion of a product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, final

from dagster import Definitions, ExecutorDefinition
from pydantic import ValidationError

from floe_ingestion_dagster.assets import loading_asset, unit_assets
from floe_ingestion_dagster.automation import source_schedules, with_freshness
from floe_ingestion_dagster.executor import forkserver_executor
from floe_ingestion_dagster.file_sensors import file_sensors as sensors_of
from floe_ingestion_dagster.lineage import LineageServer
from floe_ingestion_dagster.partitions import PartitionsBySource
from floe_ingestion_dagster.resource import RESOURCE_KEY, ingestion_resource
from floe_ingestion_dagster.settings import ingestion_settings
from floe_ingestion_dagster.slices import SlicesBySource
from floe_ingestion_dagster.translator import FloeIngestionTranslator
from floe_ingestion_dlt.boundary.validation import first_invalid
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Context, WorkerUnusable
from floe_ingestion_dlt.errors import IngestionError, error_for

if TYPE_CHECKING:
    # Imported when artifacts are read: definitions that are made of settings do without floe's models.
    from floe_core.plugins.ingestion import RuntimeBinding
    from floe_core.schemas.compiled_artifacts import CompiledArtifacts


def build_ingestion_definitions(  # noqa: PLR0913 - each option by its name
    artifacts: CompiledArtifacts | Mapping[str, object] | str | Path,
    *,
    translator: FloeIngestionTranslator | None = None,
    schedules: Mapping[str, str] = MappingProxyType({}),
    file_sensors: Mapping[str, int] = MappingProxyType({}),
    freshness: Mapping[str, float] = MappingProxyType({}),
    pool: str | None = None,
    partitions: PartitionsBySource = MappingProxyType({}),
    slices: SlicesBySource = MappingProxyType({}),
    executor: ExecutorDefinition | None = forkserver_executor,
    resource_key: str = RESOURCE_KEY,
) -> Definitions:
    """The assets and the resource of the compiled *artifacts*, or of the file that holds them; empty without an ingestion.

    *schedules* has a cron expression, in UTC, for each source that is loaded by itself. *file_sensors* has the sources that are
    loaded when their files have changed, each with the seconds between two looks. *freshness* has the hours after which
    a source should have been loaded again. *partitions* has the times by which sources are loaded, such as days, instead of a
    schedule. *slices* has the sources that several workers read at a time, each with the most slices of a load. *pool* is the
    concurrency pool of the loads. *executor* starts the steps of all jobs that these definitions are merged with; None leaves the
    choice to them. *resource_key* is the key of the resource: definitions of several products can be merged if each has its own.

    Raises:
        PipelineConfigurationError: a setting cannot be used; the field is named.
        ValueError: there is no such file, it holds no artifacts, or an option names a source that it cannot have.
    """
    parsed = _parsed(artifacts)
    plugins = parsed.plugins
    if plugins is None or plugins.ingestion is None:
        return Definitions()
    settings = ingestion_settings(plugins.ingestion)
    in_workers = SettingsIn(Path(artifacts).absolute()) if isinstance(artifacts, str | Path) else None
    assets = unit_assets(settings, translator, partitions, slices, in_workers)
    found = with_freshness(assets, freshness)
    binding = _binding_in(parsed)
    return Definitions(
        assets=[loading_asset(one, binding=binding, pool=pool, resource_key=resource_key) for one in found],
        resources={resource_key: ingestion_resource(settings, LineageServer.of(parsed.observability))},
        schedules=source_schedules(found, schedules),
        sensors=sensors_of(found, file_sensors, resource_key),
        executor=executor,
    )


@final
@dataclass(frozen=True, slots=True)
class SettingsIn:
    """Reads the settings of the ingestion in a file of artifacts, where it is called."""

    path: Path

    def __call__(self) -> DltIngestionConfig:
        try:
            plugins = _parsed(self.path).plugins
        except ValueError as refused:
            raise _unusable(str(refused)) from None
        if plugins is None or plugins.ingestion is None:
            raise _unusable(f"{self.path}: has no ingestion any more")
        return ingestion_settings(plugins.ingestion)


def _unusable(cause: str) -> IngestionError:
    step = "Put the artifacts where the workers are, at the same path."
    return error_for(WorkerUnusable(cause, step), Context())


def _binding_in(artifacts: CompiledArtifacts) -> RuntimeBinding | None:
    """The catalog that the deployment binds the ingestion to, if it binds it to one."""
    ingestion = artifacts.deployment.ingestion if artifacts.deployment else None
    return None if ingestion is None else ingestion.dlt.model_dump(mode="python")


def _parsed(artifacts: CompiledArtifacts | Mapping[str, object] | str | Path) -> CompiledArtifacts:
    from floe_core.schemas.compiled_artifacts import CompiledArtifacts

    if isinstance(artifacts, CompiledArtifacts):
        return artifacts
    place = "artifacts" if isinstance(artifacts, Mapping) else str(artifacts)
    try:
        if isinstance(artifacts, Mapping):
            return CompiledArtifacts.model_validate(artifacts)
        return CompiledArtifacts.model_validate_json(Path(artifacts).read_bytes())
    except OSError as error:
        raise ValueError(
            f"{place}: {error.strerror}: run `floe platform compile`, or give its --output"
        ) from None
    except ValidationError as refused:
        invalid = first_invalid(refused)
        raise ValueError(f"{place}: {invalid.message}. {invalid.next_step}") from None
