"""The plugin with every adapter in memory: what it asks of them, what it tells, and what it answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from floe_core.plugins.ingestion import IngestionConfig, IngestionResult
from returns.result import Failure

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.adapters.memory import (
    ManualClock,
    MemoryDestination,
    MemoryEngine,
    MemoryPipeline,
    MemoryTelemetry,
)
from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Category, Invalid, MissingPackage, SourceFailed
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.write_modes import Replace
from floe_ingestion_dlt.errors import PipelineConfigurationError, SourceConnectionError
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
