"""What a run of the plugin does, and what it reports."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionResult
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.memory import (
    MemoryEngine,
)
from floe_ingestion_dlt.config import RetryConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.running.run_options import RUN_OPTIONS
from tests.unit.test_plugin import (
    BROKEN,
    BUSY,
    PLACE,
    RECEIPTS,
    SOURCE,
    Bench,
    place,
)


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
