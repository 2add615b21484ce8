"""The plugin with every adapter in memory: what it asks of them, what it tells, and what it answers."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any, Final

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from returns.result import Failure, Success

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import (
    ManualClock,
    MemoryDestination,
    MemoryEngine,
    MemoryPipeline,
    MemoryTelemetry,
)
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig, RetryConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Category, Invalid, MissingPackage, SourceFailed
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.errors import PipelineConfigurationError, SourceConnectionError
from floe_ingestion_dlt.running.run_options import RUN_OPTIONS
from tests.published import Published, published_operations

TABLE = "bronze.orders"
ORDERS = TableName(("bronze",), "orders")
CONFIG = IngestionConfig("sql_database", {"connection_string": "sqlite://", "table": "orders"}, TABLE)
SOURCE = IngestionSourceConfig(name="orders", source_type="sql_database", destination_table=TABLE)
MISSING = MissingPackage("psycopg", "sql_database", "pip install psycopg")
BUSY = SourceFailed("busy", Category.TRANSIENT, "Wait until it is not.")
BROKEN = SourceFailed("broken", Category.PERMANENT, "Mend it.")
RECEIPTS = (
    Receipt(ORDERS, rows=3, bytes=30, files=1, snapshot_id=2),
    Receipt(ORDERS.sibling("orders__lines"), rows=7, bytes=70, files=1, snapshot_id=3),
)
PLACE: Final = ("sql_database", TABLE, "bronze-orders")


class Bench:
    """A plugin whose adapters can be looked into."""

    def __init__(self, engine: MemoryEngine | None = None, **config: Any) -> None:
        self.destination = MemoryDestination()
        self.telemetry = MemoryTelemetry()
        self.clock = ManualClock()
        self.plugin = DltIngestionPlugin(
            destination=self.destination,
            engine=engine or MemoryEngine(),
            telemetry=self.telemetry,
            clock=self.clock,
        )
        self.plugin.configure(DltIngestionConfig(**config))

    def pipeline(self, config: IngestionConfig = CONFIG) -> MemoryPipeline:
        made = self.plugin.create_pipeline(config)
        assert isinstance(made, MemoryPipeline)
        return made

    def run(self, **options: Any) -> IngestionResult:
        return self.plugin.run(self.pipeline(), **options)

    def told(self, name: str) -> Published:
        (told,) = (operation for operation in published_operations(self.telemetry) if operation.name == name)
        return told


def place(context: Any) -> tuple[str, str, str]:
    return context.source_type, context.destination_table, context.pipeline_name


class TestStartup:
    def test_a_missing_package_is_an_import_error_with_the_command(self) -> None:
        bench = Bench(MemoryEngine(packages=Failure(MISSING)), sources=[SOURCE])
        with pytest.raises(ImportError, match=r"psycopg.*pip install psycopg"):
            bench.plugin.startup()

    def test_packages_of_sources_that_are_not_configured_are_not_asked_for(self) -> None:
        plugin = Bench(MemoryEngine(packages=Failure(MISSING))).plugin
        plugin.startup()
        assert "healthy" == plugin.health_check().state.value

    def test_a_catalog_that_is_down_is_unhealthy_and_says_what_to_do(self) -> None:
        bench = Bench()
        bench.plugin.startup()
        bench.destination.down = True
        status = bench.plugin.health_check(timeout=0.5)
        assert "unhealthy" == status.state.value
        assert "Start the catalog" in status.message

    def test_a_storage_that_is_down_is_unhealthy_and_says_which_part_it_is(self) -> None:
        bench = Bench()
        bench.plugin.startup()
        bench.destination.storage_down = True
        status = bench.plugin.health_check()
        assert "unhealthy" == status.state.value
        assert "ok" == status.details["catalog"]
        assert "no file" in status.details["warehouse"]

    def test_a_catalog_that_is_down_hides_what_its_storage_is(self) -> None:
        bench = Bench()
        bench.plugin.startup()
        bench.destination.down = True
        details = bench.plugin.health_check().details
        assert "no answer" in details["catalog"]
        assert "not checked" in details["warehouse"]

    def test_without_a_table_nobody_claims_that_storage_was_asked(self) -> None:
        bench = Bench(sources=[SOURCE])
        bench.plugin.startup()
        before = bench.plugin.health_check().details["warehouse"]
        bench.destination.evolve(ORDERS, TableSchema(()))
        assert ("not checked", "ok") == (
            before.partition(":")[0],
            bench.plugin.health_check().details["warehouse"],
        )

    def test_adapters_that_were_given_outlive_a_shutdown(self) -> None:
        bench = Bench()
        bench.plugin.startup()
        bench.plugin.shutdown()
        assert bench.destination is bench.pipeline().destination


class TestCreatePipeline:
    def test_the_pipeline_follows_its_plan_into_the_destination(self) -> None:
        bench = Bench()
        pipeline = bench.pipeline(replace(CONFIG, write_mode="replace", schema_contract="freeze"))
        plan = pipeline.plan
        assert (ORDERS, Replace(), SchemaContract.FREEZE) == (plan.table, plan.mode, plan.contract)
        assert bench.destination is pipeline.destination

    def test_what_the_configured_source_says_is_used(self) -> None:
        bench = Bench(sources=[SOURCE.model_copy(update={"cursor_field": "updated_at"})])
        assert "updated_at" == bench.pipeline().plan.cursor

    def test_a_configured_source_is_loaded_by_its_name(self) -> None:
        bench = Bench(sources=[SOURCE.model_copy(update={"source_config": CONFIG.source_config})])
        assert bench.pipeline(bench.plugin.ingestion_config("orders")).plan.table == ORDERS
        with pytest.raises(KeyError, match="returns is not configured; configured sources: orders"):
            bench.plugin.ingestion_config("returns")

    def test_a_setting_that_no_source_can_be_made_of_is_a_configuration_error(self) -> None:
        bench = Bench(MemoryEngine(probe=Failure(Invalid("resources", "x", "one of a, b"))))
        with pytest.raises(PipelineConfigurationError, match="one of a, b") as refused:
            bench.pipeline()
        assert PLACE == place(refused.value)

    def test_a_catalog_that_is_down_is_a_connection_error(self) -> None:
        bench = Bench()
        bench.destination.down = True
        with pytest.raises(SourceConnectionError, match="Start the catalog") as refused:
            bench.pipeline()
        assert (Category.TRANSIENT, *PLACE) == (refused.value.category, *place(refused.value))

    def test_a_source_that_does_not_answer_is_a_connection_error(self) -> None:
        bench = Bench(MemoryEngine(probe=Failure(BUSY)))
        with pytest.raises(SourceConnectionError, match="busy") as refused:
            bench.pipeline()
        assert (BUSY.next_step, *PLACE) == (refused.value.next_step, *place(refused.value))

    def test_a_connection_error_is_one_for_python_too(self) -> None:
        with pytest.raises(ConnectionError):
            Bench(MemoryEngine(probe=Failure(BUSY))).pipeline()

    def test_several_resources_are_refused(self) -> None:
        several = {"connection_string": "sqlite://", "tables": ["a", "b"]}
        with pytest.raises(PipelineConfigurationError, match="'a, b'") as refused:
            Bench().pipeline(replace(CONFIG, source_config=several))
        assert (Category.CONFIGURATION, *PLACE) == (refused.value.category, *place(refused.value))

    def test_it_is_told_with_its_place_and_modes(self) -> None:
        bench = Bench()
        bench.pipeline(replace(CONFIG, write_mode="replace"))
        told = bench.told("create_pipeline")
        assert (PLACE, None) == (place(told.context), told.fault)
        assert {"write_mode": "replace", "schema_contract": "evolve"} == told.attributes

    def test_its_fault_is_told(self) -> None:
        bench = Bench(MemoryEngine(probe=Failure(BROKEN)))
        with pytest.raises(SourceConnectionError):
            bench.pipeline()
        assert BROKEN == bench.told("create_pipeline").fault


class TestRun:
    def test_its_result_has_the_rows_of_the_root_and_the_bytes_of_all(self) -> None:
        bench = Bench(MemoryEngine(drains=[Success(()), Success(RECEIPTS)]))
        assert (
            IngestionResult(success=True, rows_loaded=3, bytes_written=100, duration_seconds=0.0)
            == bench.run()
        )

    def test_the_orchestrators_call_reaches_the_source(self) -> None:
        bench = Bench()
        pipeline, source = bench.pipeline(), object()
        bench.plugin.run(
            pipeline,
            write_disposition="replace",
            table_name="orders",
            schema_contract="freeze",
            cursor_field=None,
            primary_key=None,
            source_type="sql_database",
            source_name="orders",
            source_path=None,
            source=source,
        )
        ((plan, data),) = pipeline.extracted
        assert source is data
        assert (Replace(), SchemaContract.FREEZE, None) == (plan.mode, plan.contract, plan.cursor)

    def test_nones_are_passed_over(self) -> None:
        pipeline = (bench := Bench()).pipeline()
        bench.plugin.run(pipeline, **dict.fromkeys(RUN_OPTIONS))
        assert [(pipeline.plan, None)] == pipeline.extracted
        assert Append() == pipeline.plan.mode

    def test_a_load_that_failed_is_a_result_that_says_where_and_what_next(self) -> None:
        bench = Bench(MemoryEngine(extracts=[Failure(BROKEN)]))
        result = bench.run()
        (error,) = result.errors
        assert not result.success
        assert all(word in error for word in ("[PERMANENT]", *PLACE, "broken", "Mend it."))

    def test_what_landed_before_the_fault_counts(self) -> None:
        bench = Bench(MemoryEngine(drains=[Success(RECEIPTS), Failure(BROKEN)]))
        result = bench.run()
        assert (False, 3, 100) == (result.success, result.rows_loaded, result.bytes_written)

    @pytest.mark.parametrize(
        ("options", "named"),
        [
            ({"table_name": "returns"}, "table_name"),
            ({"write_disposition": "upsert"}, "write_mode"),
            ({"schema_contract": "strict"}, "schema_contract"),
            ({"write_disposition": "merge"}, "primary_key"),
            ({"idempotencykey": "run-1"}, "Did you mean idempotency_key?"),
            ({"full_refresh": True}, "full_refresh"),
            ({"source_type": "rest_api"}, "source_type"),
        ],
    )
    def test_options_that_cannot_be_used_fail_before_anything_is_read(
        self, options: dict[str, str], named: str
    ) -> None:
        bench = Bench()
        pipeline = bench.pipeline()
        result = bench.plugin.run(pipeline, **options)
        assert (False, []) == (result.success, pipeline.extracted)
        assert named in result.errors[0]

    def test_an_option_of_one_run_is_forgotten_by_the_next(self) -> None:
        pipeline = (bench := Bench()).pipeline()
        bench.plugin.run(pipeline, write_disposition="replace", idempotency_key="monday")
        bench.plugin.run(pipeline)
        first, second = (plan for plan, _ in pipeline.extracted)
        assert (Replace(), "key-monday") == (first.mode, first.load_id)
        assert (Append(), None) == (second.mode, second.load_id)

    @pytest.mark.parametrize(
        ("own", "slept"), [(None, [2.0, 4.0]), (RetryConfig(max_retries=1, initial_delay_seconds=9), [9.0])]
    )
    def test_a_sources_own_retries_beat_the_general_ones(
        self, own: RetryConfig | None, slept: list[float]
    ) -> None:
        bench = Bench(
            MemoryEngine(extracts=[Failure(BUSY)] * 9),
            sources=[SOURCE.model_copy(update={"retry_config": own})],
            retry_config=RetryConfig(max_retries=2, initial_delay_seconds=2),
        )
        bench.run()
        assert slept == bench.clock.slept

    def test_retries_of_another_source_do_not_speak(self) -> None:
        other = SOURCE.model_copy(
            update={"destination_table": "bronze.returns", "retry_config": RetryConfig(max_retries=0)}
        )
        bench = Bench(MemoryEngine(extracts=[Failure(BUSY)]), sources=[other])
        assert bench.run().success

    def test_it_is_told_with_its_place_modes_and_figures(self) -> None:
        bench = Bench(MemoryEngine(drains=[Success(()), Success(RECEIPTS)], extracts=[Failure(BUSY)]))
        bench.run()
        told = bench.told("run")
        assert (PLACE, None) == (place(told.context), told.fault)
        assert {
            "write_mode": "append",
            "schema_contract": "evolve",
            "rows_loaded": 3,
            "bytes_written": 100,
            "duration_seconds": 1.0,
            "retries": 1,
        } == told.attributes

    def test_the_modes_that_are_told_are_those_of_the_run(self) -> None:
        bench = Bench()
        bench.run(write_disposition="replace", schema_contract="freeze")
        told = bench.told("run").attributes
        assert ("replace", "freeze") == (told["write_mode"], told["schema_contract"])

    def test_its_fault_is_told(self) -> None:
        bench = Bench(MemoryEngine(extracts=[Failure(BROKEN)]))
        bench.run()
        assert BROKEN == bench.told("run").fault

    @pytest.mark.parametrize("extracted", [Success(None), Failure(BROKEN)])
    def test_its_result_can_be_pickled(self, extracted: Any) -> None:
        result = Bench(MemoryEngine(extracts=[extracted])).run()
        assert result == pickle.loads(pickle.dumps(result))  # noqa: S301 - our own
