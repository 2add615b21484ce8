"""The ingestion plugin: it puts the adapters together, and decides nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any, Final

from floe_core.plugin_metadata import HealthStatus
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from pydantic import BaseModel
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.system.clock import WallClock
from floe_ingestion_dlt.adapters.system.signals import StopSignals
from floe_ingestion_dlt.adapters.telemetry.combined import standard_telemetry
from floe_ingestion_dlt.boundary.catalog import destination_config
from floe_ingestion_dlt.boundary.validation import value_or_raise
from floe_ingestion_dlt.composition import Adapters, Connections, ask_to_stop, check_packages
from floe_ingestion_dlt.config import DltIngestionConfig, model_of, settings_of
from floe_ingestion_dlt.domain import operations
from floe_ingestion_dlt.domain.faults import Context, Invalid
from floe_ingestion_dlt.domain.file_lists import FileList
from floe_ingestion_dlt.domain.load_plan import LoadPlan, the_only_unit
from floe_ingestion_dlt.domain.load_report import LoadReport
from floe_ingestion_dlt.domain.load_state import LoadState
from floe_ingestion_dlt.domain.resets import ResetReport, Target
from floe_ingestion_dlt.domain.run_plan import RunPlan
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination, Leftover
from floe_ingestion_dlt.ports.engine import AnyEngine
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.running.description import DescribedPlugin
from floe_ingestion_dlt.running.failures import Failures, require_installed
from floe_ingestion_dlt.running.health import checked_timeout, of_settings, without_catalog
from floe_ingestion_dlt.running.loads import Loads
from floe_ingestion_dlt.running.maintenance import Maintenance
from floe_ingestion_dlt.running.planning import Unit, config_of, plan_for, units_of, with_variables
from floe_ingestion_dlt.running.report import ingestion_result, report_settings, report_start
from floe_ingestion_dlt.running.run_plans import run_plan
from floe_ingestion_dlt.running.source_files import files_of
from floe_ingestion_dlt.running.verification import Verification
from floe_ingestion_dlt.secrets.redacting_telemetry import RedactingTelemetry
from floe_ingestion_dlt.secrets.redactor import Redactor
from floe_ingestion_dlt.slice_workers import Configuration, SlicesBy

__all__ = ["DltIngestionPlugin"]

REACH_SECONDS: Final = 10.0


class DltIngestionPlugin(DescribedPlugin):
    """Ingestion by dlt into Iceberg. Keyword arguments replace the standard adapters."""

    def __init__(
        self,
        *,
        destination: Destination | None = None,
        engine: AnyEngine | None = None,
        telemetry: Telemetry | None = None,
        clock: Clock | None = None,
        milestones: Milestones = ignore_milestone,
    ) -> None:
        super().__init__()
        self._redactor = Redactor()
        self._telemetry = RedactingTelemetry(telemetry or standard_telemetry(), self._redactor.redact)
        self._failures = Failures(self._telemetry, self._redactor)
        self._signals = StopSignals(ask_to_stop)
        self._clock = clock or WallClock(self._signals.sleep)
        self._adapters = Adapters(
            self._telemetry, self._clock, self._signals, milestones, self._redactor.redact
        )
        self._connections = Connections(self._adapters, self._redactor.add_from, destination, engine)
        self._loads = Loads(self._telemetry, self._clock, self._signals, self._redactor)
        self._read: Result[DltIngestionConfig, Invalid] = Success(DltIngestionConfig())
        self._started = False

    def get_config_schema(self) -> type[BaseModel]:
        return DltIngestionConfig

    def configure(self, config: BaseModel | Mapping[str, object] | None) -> None:
        """Set the configuration; the catalog is opened when it is first needed.

        A mapping is validated as `get_config_schema()`, and may raise pydantic.ValidationError. A model of another class is read
        like a mapping; if its fields are not those of `DltIngestionConfig`, no pipeline can be created.
        """
        model = model_of(config)
        self._read = settings_of(model)
        super().configure(model)
        self._redactor.add_from(model and model.model_dump(), *self._settings.parts_with_credentials)
        self._connections.follow(self._settings)

    def startup(self) -> None:
        """Check that the packages of the configured sources can be imported; an ImportError has the command that installs them."""
        require_installed(check_packages())
        self._redactor.start(os.environ)
        report_settings(self._settings, self._telemetry)
        for kind in {source.source_type for source in self._settings.sources}:
            require_installed(self._connections.engine.check_packages(kind))
        self._started = True

    def shutdown(self) -> None:
        """Close the catalog and the connections to databases, and keep the configuration; `startup` may be called again."""
        self._connections.close()
        self._started = False
        self._redactor.stop()

    def health_check(self, timeout: float | None = None) -> HealthStatus:
        """Check the configured catalog and its storage, and answer within *timeout* seconds (0.1 to 10; default: 5).

        The details have the results for `dlt`, `catalog` and `warehouse`. Problems are returned, not raised; only a timeout that is
        out of range is a ValueError.
        """
        seconds, start = checked_timeout(timeout), self._clock.now()
        is_ready = self._started and self.is_configured
        health = of_settings(self._read, self._connections, seconds, self._clock) if is_ready else None
        found = (health or without_catalog(is_started=self._started)).with_text(self._redactor.redact)
        return found.status(took=self._clock.now() - start, timeout=seconds)

    def get_destination_config(self, catalog_config: Mapping[str, object]) -> dict[str, Any]:
        """The settings of dlt's destination `iceberg` for floe's catalog settings; a ValueError names a missing setting."""
        with self._telemetry.operation(operations.GetDestinationConfig(), Context()) as ongoing:
            if isinstance(found := destination_config(catalog_config), Failure):
                ongoing.fail(found.failure())
            return value_or_raise(found)

    def ingestion_config(self, source: str) -> IngestionConfig:
        """The config for `create_pipeline` that loads the configured *source*; a KeyError lists the configured sources."""
        return config_of(self._settings_for(operations.GetIngestionConfig(), Context()).source_named(source))

    def units(self, source: str) -> tuple[Unit, ...]:
        """The units of the configured *source*: one for each resource, with a config for `create_pipeline`.

        Raises:
            KeyError: no source has this name. pydantic.ValidationError: the source_config is not valid.
            SourceConnectionError: the database does not say which tables match patterns.
        """
        operation = operations.GetIngestionConfig()
        configured = (settings := self._settings_for(operation, Context())).source_named(source)
        where = Context(configured.source_type, configured.destination_table)
        with self._failures.recording_refusals(operation, where):
            return units_of(configured, self._connections.sources, settings)

    def files(self, source: str) -> FileList:
        """The files of the configured *source* now: a digest that differs if one is new, changed or gone.

        Raises as `units` does; also PipelineConfigurationError if it is not read from files, SourceConnectionError if they cannot be listed.
        """
        operation = operations.ListFiles()
        plan = self._plan_for(self.ingestion_config(source), operation)
        with self._telemetry.operation(operation, plan.context) as ongoing:
            found = files_of(plan, self._connections.sources)
            return self._failures.raise_for_connection(found, plan.context, ongoing)

    def create_pipeline(self, config: IngestionConfig) -> Any:
        """Create a dlt pipeline for one unit; no rows are read or written yet.

        If write_mode or schema_contract have floe's default in *config*, the values that are configured for the table are used.

        Raises:
            pydantic.ValidationError: *config* or its source_config is not valid.
            PipelineConfigurationError: *config* or the plugin's configuration requires something that is not supported.
            SourceConnectionError: the source or the catalog cannot be reached.
        """
        plan, raise_for = self._plan_for(config, operations.CreatePipeline()), self._failures.raise_for
        report_start(self._telemetry, plan.context, is_started=self._started)
        with self._telemetry.operation(
            operations.CreatePipeline(plan.load_settings), plan.context
        ) as ongoing:
            unit = raise_for(the_only_unit(plan), plan.context, ongoing)
            where = unit.context
            destination = raise_for(self._connections.bound(config.runtime_binding), where, ongoing)
            self._failures.raise_for_connection(destination.reach(REACH_SECONDS), where, ongoing)
            self._failures.raise_for_connection(self._connections.engine.probe(unit), where, ongoing)
            return raise_for(self._connections.engine.create(unit, destination), where, ongoing)

    def run(self, pipeline: object, **kwargs: object) -> IngestionResult:
        """Load as `load` does, and return floe's result: success, rows, bytes, seconds, and the error as a text."""
        return ingestion_result(self.load(pipeline, **kwargs))

    def load(self, pipeline: object, **kwargs: object) -> LoadReport:
        """Load pending rows, then new rows; a failure is a fault in the report, and is not raised.

        Keyword arguments are the orchestrator's: write_disposition, schema_contract, cursor_field, primary_key,
        merge_strategy, source (a dlt resource that replaces the plan's), idempotency_key (a load with the same key is committed only once),
        window (a Window: only its rows are read, and replace the table's) and refresh (True: all rows are read, and replace the table's). table_name, source_type, source_name and source_path must agree with the pipeline's.
        None means that an option is not set. Any other option is refused, and the report names it. Options apply to this run only.

        If SIGINT or SIGTERM arrives meanwhile, the run ends where nothing is lost; then the signal has its usual effect.
        """
        connections = self._connections
        where = connections.engine.plan_of(pipeline).context
        report_start(self._telemetry, where, is_started=self._started)
        return self._loads.load(connections.engine, connections.slicing, pipeline, kwargs, self._settings)

    def plan(self, pipeline: object, *, sample: int = 0, **kwargs: object) -> RunPlan:
        """What `load` would do with these options: the changes of tables, what is discarded, and why it would fail; with a *sample* of so many rows.

        The first rows of the source are read, and loaded into copies of the tables without their rows, in a folder that is deleted then.
        Nothing else is written. Rows that wait in `pipelines_dir` are not looked at.
        """
        engine, sources = self._connections.engine, self._connections.sources
        with self._connections.adapters.rehearsed(engine.destination_of(pipeline), sources) as rehearsed:
            found = run_plan(rehearsed, engine.plan_of(pipeline), kwargs, sample, self._clock)
        return found.redacted(self._redactor.redact)

    def load_in_slices(
        self,
        pipeline: object,
        n: int,
        executor: Executor,
        *,
        slice_by: str | None = None,
        worker_config: Configuration | None = None,
        **kwargs: object,
    ) -> LoadReport:
        """Load as `load` does, in at most *n* slices that workers of the *executor* read; one commit adds all of them.

        A table of a database is divided by its primary key or by the indexed column *slice_by*, files by their size. Slices that are
        staged are kept: a later run reads only those that are missing. Unless the executor is a ThreadPoolExecutor, workers get no
        credentials: they call *worker_config*, which pickle must be able to write, or use a copy of a configuration without any.
        """
        connections, settings = self._connections, self._settings
        milestones, bindings = self._adapters.milestones, connections.binding_of
        how = SlicesBy(executor, n, slice_by, worker_config, settings, bindings, kwargs, milestones)
        return self._loads.load_in_slices(
            connections.engine, connections.slicing, pipeline, kwargs, settings, how
        )

    def remove_leftovers(
        self, namespace: str, *, older_than: timedelta = timedelta(days=3), dry_run: bool = False
    ) -> tuple[Leftover, ...]:
        """Delete the files that killed and refused loads left at the tables of *namespace*, and return them.

        A file is deleted only if it is *older_than* the table's newest snapshot (at least an hour), so that no commit can use it
        any more. With *dry_run*, the files are returned and not deleted.

        Raises:
            PipelineConfigurationError: *older_than* is too short.
            DestinationWriteError: the catalog or its storage failed; some files may have been deleted already.
        """
        maintenance = self._maintenance(operations.RemoveLeftovers(), namespace)
        return maintenance.remove_leftovers(self._connections, older_than, dry_run=dry_run)

    def verify(self, name: str, *, rows: bool = True) -> Verification:
        """Check the table *name*, or the tables of the namespace *name*, and report damage; nothing is written.

        With *rows* (the default), data files are read, too: their footers, the cursor's column, and the ids of nested rows.

        Raises:
            PipelineConfigurationError: no table and no namespace has this name.
            DestinationWriteError: the catalog could not list its tables.
        """
        cursor_in = self._adapters.cursor_in
        return self._maintenance(operations.Verify(), name).verify(self._connections, cursor_in, rows=rows)

    def state(self, table: str) -> LoadState:
        """The state that belongs to the rows of the root table `namespace.name`: its cursors, known files and loads; nothing is written.

        Raises PipelineConfigurationError if it is no such table, DestinationWriteError if the catalog or its storage failed.
        """
        return self._maintenance(operations.ReadState(), table).state(
            self._connections, self._adapters.states
        )

    def reset(self, table: str, *, to: Target) -> ResetReport:
        """Take the root table and its nested tables back `ToSnapshot(id)`, or the cursor back `ToCursor(value)`.

        Returns what was undone and what the next load reads again. No file is deleted, and no snapshot of another writer is undone.

        Raises as `state` does; PipelineConfigurationError also says why the table cannot go back there.
        """
        maintenance = self._maintenance(operations.ResetTable(), table)
        return maintenance.reset(self._connections, self._adapters.states, to)

    def _maintenance(self, operation: operations.Operation, name: str) -> Maintenance:
        self._redactor.start(os.environ)
        return Maintenance(self._telemetry, self._failures, self._read, operation, name)

    def _plan_for(self, config: IngestionConfig, operation: operations.Operation) -> LoadPlan:
        self._redactor.start(os.environ)
        where = Context(config.source_type, config.destination_table)
        configured = self._settings_for(operation, where).source_for(config.destination_table)
        with self._failures.recording_refusals(operation, where):
            complete = with_variables(config)
            self._redactor.add_from(complete.source_config)
            return plan_for(complete, configured)

    def _settings_for(self, operation: operations.Operation, where: Context) -> DltIngestionConfig:
        """The settings that the *operation* needs; raises if those that were configured are not valid."""
        return self._failures.raise_for_settings(self._read, operation, where)

    @property
    def _settings(self) -> DltIngestionConfig:
        return self._read.value_or(DltIngestionConfig())
