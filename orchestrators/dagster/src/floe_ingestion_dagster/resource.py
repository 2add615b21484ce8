"""The plugin as a resource of Dagster's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, final

from dagster import (
    AssetCheckKey,
    AssetExecutionContext,
    AssetKey,
    EventLogEntry,
    InitResourceContext,
    MaterializeResult,
    ResourceDefinition,
    RetryPolicy,
    get_dagster_logger,
)
from dagster_dlt import DagsterDltResource
from pydantic import PrivateAttr

from floe_ingestion_dagster.checks import check_results
from floe_ingestion_dagster.faults import raise_for, refusal
from floe_ingestion_dagster.lineage import LineageServer, LoadLineage, lineage_run_id
from floe_ingestion_dagster.metadata import CURSOR_TO, metadata_of, nested_tables, partition_metadata
from floe_ingestion_dagster.run_ids import load_key, loading_run_id
from floe_ingestion_dagster.settings import ingestion_settings
from floe_ingestion_dagster.slices import SlicedLoads
from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Unforeseen
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.errors import IngestionError
from floe_ingestion_dlt.running.planning import Unit

if TYPE_CHECKING:
    # Imported when a step begins: whoever loads definitions does without what it takes to load data.
    from floe_core.lineage import SyncLineageEmitter
    from floe_core.schemas.compiled_artifacts import ResolvedPlugins

    from floe_ingestion_dlt import DltIngestionPlugin

RESOURCE_KEY = "ingestion"
DEFAULT_RETRIES = RetryPolicy(max_retries=3, delay=30)


@final
class FloeIngestionResource(DagsterDltResource):
    """Loads units by a plugin that is started; of dagster-dlt's resource it is the type, and nothing of its `run` is used.

    The plugin, and with it the configuration, is not a field: no page and no storage of Dagster's shows it.
    """

    _plugin: DltIngestionPlugin = PrivateAttr()
    _lineage: SyncLineageEmitter | None = PrivateAttr(None)

    @classmethod
    def of(
        cls, plugin: DltIngestionPlugin, lineage: SyncLineageEmitter | None = None
    ) -> FloeIngestionResource:
        """The resource that loads by this plugin, and sends what it does to the *lineage* server, if there is one."""
        made = cls()
        made._plugin, made._lineage = plugin, lineage
        return made

    @property
    def plugin(self) -> DltIngestionPlugin:
        """The plugin, as it is configured."""
        return self._plugin

    def materialize(
        self,
        context: AssetExecutionContext,
        asset: AssetKey,
        unit: Unit,
        *,
        retries: RetryPolicy = DEFAULT_RETRIES,
        slices: SlicedLoads | None = None,
        **options: object,
    ) -> MaterializeResult[None]:
        """Load a unit once for this run, asset and partition, however often Dagster tries; in *slices*, if they are given.

        *options* are those of `plugin.load`, such as the `window` of the run's partition, or `refresh`. The result has the figures of the load, and what they say to the checks of the
        asset. A fault that may pass by itself is raised as a `RetryRequested`, any other one as a `Failure` that is not retried.
        """
        self._check(context, asset, unit)
        # A refresh may move the cursor back.
        last = None if options.get("refresh") else context.instance.get_latest_materialization_event(asset)
        key = _load_key(context, asset)
        lineage = LoadLineage(self._lineage, unit, lineage_run_id(key), context.log)
        lineage.start()
        report = self._loaded(unit, {"idempotency_key": key, **options}, slices)
        if isinstance(report, IngestionError) or report.fault is not None:
            error = str(report if isinstance(report, IngestionError) else report.error)
            lineage.fail(error)
            raise_for(report.fault or Unforeseen(error), error, retries, context.retry_number + 1)
        lineage.complete(report)
        partitions = _partitions_in(context) if options.get("window") else ()
        for nested in nested_tables(asset, report, partitions):
            context.log_event(nested)
        return MaterializeResult(
            asset_key=asset,
            metadata={**partition_metadata(report, partitions), **metadata_of(report)},
            check_results=[
                result
                for result in check_results(asset, unit, report, _cursor_in(last))
                if AssetCheckKey(asset, str(result.check_name)) in context.selected_asset_check_keys
            ],
        )

    def _check(self, context: AssetExecutionContext, asset: AssetKey, unit: Unit) -> None:
        if asset not in context.selected_asset_keys:
            raise refusal(f"the checks of {asset.to_user_string()} judge a load", "materialize the asset")
        try:
            self._plugin.ingestion_config(unit.source)
        except KeyError:
            raise refusal(
                f"the resource {RESOURCE_KEY} has no source {unit.source!r}, so neither its cursor nor its credentials",
                "make the assets and the resource from the same settings",
            ) from None

    def _loaded(
        self, unit: Unit, options: Mapping[str, object], slices: SlicedLoads | None
    ) -> LoadReport | IngestionError:
        """The report of the load, or the error that kept it from beginning."""
        try:
            pipeline = self._plugin.create_pipeline(unit.config)
            if slices is None:
                return self._plugin.load(pipeline, **options)
            return slices.load(self._plugin, pipeline, options)
        except IngestionError as refused:
            return refused


def _load_key(context: AssetExecutionContext, asset: AssetKey) -> str:
    run_id = loading_run_id(context.run, context.instance.get_run_by_id)
    partition = _partition_of(context)
    return load_key(run_id, asset.to_user_string(), partition)


def _partition_of(context: AssetExecutionContext) -> str | None:
    """The partition that a run loads, or the first and last one of a range."""
    if context.has_partition_key:
        return str(context.partition_key)
    if not context.has_partition_key_range:
        return None
    keys = context.partition_key_range
    return f"{keys.start}...{keys.end}"


def _partitions_in(context: AssetExecutionContext) -> Sequence[str]:
    """The keys of the partitions that a run loads."""
    has_partitions = context.has_partition_key or context.has_partition_key_range
    return context.partition_keys if has_partitions else ()


def _cursor_in(event: EventLogEntry | None) -> object:
    """Where the load that Dagster knows of has left the cursor."""
    shown = event.asset_materialization.metadata if event and event.asset_materialization else {}
    return shown[CURSOR_TO].value if CURSOR_TO in shown else None


def ingestion_resource(
    settings: DltIngestionConfig, lineage: LineageServer | None = None
) -> ResourceDefinition:
    """The resource of a plugin with these settings, which is started and shut down with each step."""

    def started(context: InitResourceContext) -> Iterator[FloeIngestionResource]:
        from floe_ingestion_dlt import DltIngestionPlugin

        plugin = DltIngestionPlugin()
        plugin.configure(settings)
        with ExitStack() as open_until_the_end:
            plugin.startup()
            open_until_the_end.callback(plugin.shutdown)
            emitter = lineage.emitter(context.log or get_dagster_logger()) if lineage else None
            if emitter is not None:
                open_until_the_end.callback(emitter.close)
            yield FloeIngestionResource.of(plugin, emitter)

    return ResourceDefinition(
        started, description="Loads the configured sources into Iceberg tables, each load once."
    )


def try_create_ingestion_resources(plugins: ResolvedPlugins | None) -> Mapping[str, ResourceDefinition]:
    """The resource `ingestion`, if the artifacts have an ingestion plugin; nothing where they have none.

    Raises:
        PipelineConfigurationError: the plugin is another one, or its configuration cannot be used; the field is named.
    """
    if plugins is None or plugins.ingestion is None:
        return {}
    return {RESOURCE_KEY: ingestion_resource(ingestion_settings(plugins.ingestion))}
