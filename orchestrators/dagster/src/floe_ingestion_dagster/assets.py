"""One asset for each resource of each configured source."""

# No `from __future__ import annotations`: Dagster compares the annotation of an op's context as it is.

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, final

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    Config,
    MaterializeResult,
    RetryPolicy,
    multi_asset,
)

from floe_ingestion_dagster.checks import check_specs
from floe_ingestion_dagster.names import check_sources, repeated_names
from floe_ingestion_dagster.partitions import Partitions, PartitionsBySource, partitions_of, window_of
from floe_ingestion_dagster.resource import DEFAULT_RETRIES, RESOURCE_KEY, FloeIngestionResource
from floe_ingestion_dagster.slices import (
    SlicedLoads,
    SlicesBySource,
    WorkerConfig,
    slices_of,
    worker_config_for,
)
from floe_ingestion_dagster.translator import FloeIngestionTranslator
from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.running.planning import Unit, units_of

if TYPE_CHECKING:
    from floe_core.plugins.ingestion import RuntimeBinding


class LoadConfig(Config):
    """What a run may be asked: with *refresh*, it replaces all rows of the table, and the next load goes on from it."""

    refresh: bool = False


@final
@dataclass(frozen=True, slots=True)
class UnitAsset:
    """A unit, and the asset that it is; its partitions are windows of a column, its slices are read by several workers."""

    unit: Unit
    spec: AssetSpec
    partitions: Partitions | None = None
    slices: SlicedLoads | None = None


def create_ingestion_assets(  # noqa: PLR0913 - each option by its name
    settings: DltIngestionConfig,
    *,
    translator: FloeIngestionTranslator | None = None,
    retries: RetryPolicy = DEFAULT_RETRIES,
    partitions: PartitionsBySource = MappingProxyType({}),
    slices: SlicesBySource = MappingProxyType({}),
    worker_config: WorkerConfig | None = None,
    pool: str | None = None,
    resource_key: str = RESOURCE_KEY,
) -> list[AssetsDefinition]:
    """An asset for each unit of the configured sources, with one op each; nothing is read, and no secret is needed.

    The assets need the resource `ingestion`, or the one that *resource_key* names. *retries* says how often a step is tried again whose fault may pass by itself.
    *partitions* has the times by which sources are loaded, such as days, or `KeyPartitions`; a load then replaces the rows of a partition. *slices*
    has the sources that several workers read at a time. Workers call *worker_config*, which pickle must be able to write, for
    *settings* that contain credentials. *pool* is the concurrency pool of the loads.

    Raises:
        ValueError: two units would be one asset, and both are named; partitions lack a source, a cursor or times; or a source
            cannot be sliced.
        pydantic.ValidationError: a source_config cannot be used.
    """
    found = unit_assets(settings, translator, partitions, slices, worker_config)
    return [loading_asset(one, retries, pool=pool, resource_key=resource_key) for one in found]


def unit_assets(
    settings: DltIngestionConfig,
    translator: FloeIngestionTranslator | None = None,
    partitions: PartitionsBySource = MappingProxyType({}),
    slices: SlicesBySource = MappingProxyType({}),
    worker_config: WorkerConfig | None = None,
) -> list[UnitAsset]:
    """The units of all sources, each with the spec of its asset; raises as `create_ingestion_assets` does."""
    shown = translator or FloeIngestionTranslator()
    for option, names in (("partitions", partitions), ("slices", slices)):
        check_sources(option, names, (source.name for source in settings.sources))
    with closing(RegisteredSources()) as sources:
        found = [
            UnitAsset(
                unit,
                _with_table(shown.spec_of(unit.source, unit.resource), unit),
                partitions_of(unit, partitions),
                _sliced(unit, slices, partitions, settings, worker_config),
            )
            for source in settings.sources
            for unit in units_of(source, sources)
        ]
    _check_distinct(found)
    return found


def _sliced(
    unit: Unit,
    slices: SlicesBySource,
    partitions: PartitionsBySource,
    settings: DltIngestionConfig,
    worker_config: WorkerConfig | None,
) -> SlicedLoads | None:
    chosen = slices_of(unit, slices, has_partitions=unit.source in partitions)
    if chosen is None:
        return None
    return SlicedLoads(chosen, worker_config_for(unit.source, settings, worker_config))


def _with_table(spec: AssetSpec, unit: Unit) -> AssetSpec:
    declared = unit.declared
    described: Mapping[str, str] = {
        "dagster/table_name": unit.table,
        "source_type": declared.source_type,
        "write_mode": declared.write_mode,
        "schema_contract": declared.schema_contract,
    }
    return spec.merge_attributes(metadata=described, kinds={declared.source_type})


def _check_distinct(found: list[UnitAsset]) -> None:
    places = ((one.spec.key.to_python_identifier(), _place(one.unit)) for one in found)
    for name, units in repeated_names(places).items():
        both = " and ".join(units)
        raise ValueError(f"{both} would be one asset, {name}: give one of the sources another name")
    _check_none_below(found)


def _check_none_below(found: list[UnitAsset]) -> None:
    """Below the key of a unit are those of its nested tables alone, whose names are unknown before a load."""
    units = {one.spec.key: one.unit for one in found}
    for key, unit in units.items():
        for above in (AssetKey(key.path[:end]) for end in range(1, len(key.path))):
            if above in units:
                both = f"{_place(units[above])} and {_place(unit)}"
                keys = f"{above.to_user_string()} and {key.to_user_string()}"
                cause = f"the second may be a table nested in the first: {keys}"
                raise ValueError(f"{both}: {cause}; let the translator give one of them another key")


def _place(unit: Unit) -> str:
    return f"{unit.resource} of {unit.source}"


def loading_asset(
    found: UnitAsset,
    retries: RetryPolicy = DEFAULT_RETRIES,
    binding: "RuntimeBinding | None" = None,
    pool: str | None = None,
    resource_key: str = RESOURCE_KEY,
) -> AssetsDefinition:
    """The asset with the op that loads it by a resource, in the *pool*: into the catalog of the *binding*, else into the configured one."""
    asset = found.spec.key
    unit = replace(found.unit, binding=binding)

    @multi_asset(
        name=asset.to_python_identifier(),
        specs=[found.spec],
        check_specs=check_specs(asset, unit),
        required_resource_keys={resource_key},
        pool=pool,
        partitions_def=found.partitions.definition if found.partitions else None,
        # A run may leave out the checks.
        can_subset=True,
        description=f"Loads {unit.resource} of {unit.source} into {unit.table}.",
    )
    def load(context: AssetExecutionContext, config: LoadConfig) -> Iterator[MaterializeResult[None]]:
        ingestion: FloeIngestionResource = getattr(context.resources, resource_key)
        options = {"window": window_of(context, found.partitions), "refresh": config.refresh or None}
        yield ingestion.materialize(context, asset, unit, retries=retries, slices=found.slices, **options)

    return load
