"""Plans: what a configuration asks for, and what one run does differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from returns.result import Success

from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.filesystem.settings import Filesystem
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.settings import RestApi
from floe_ingestion_dlt.adapters.sources.sql_database.settings import SqlDatabase
from floe_ingestion_dlt.config import IngestionSourceConfig
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.merge import DELETE_INSERT, INSERT_ONLY, SCD2, UPSERT, DedupSort, Order
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import (
    Append,
    Merge,
    Replace,
    name_of,
)
from floe_ingestion_dlt.running.planning import config_of, plan_for, revised
from floe_ingestion_dlt.running.run_options import RUN_OPTIONS
from tests.unit.domain.strategies import contracts, plans, tables, words

SCD2_BY_ID = {"write_disposition": "merge", "merge_strategy": "scd2", "primary_key": "id"}
FILES = {"path": "/data", "format": "csv"}
FILE_PLAN = LoadPlan(
    parse_source(FILESYSTEM, FILES, None).source,
    "files",
    TableName(("bronze",), "orders"),
    Append(),
    SchemaContract.EVOLVE,
)


def asked(source_config: Mapping[str, Any] = FILES, **changed: Any) -> IngestionConfig:
    settings = {"source_type": "filesystem", "destination_table": "bronze.orders"} | changed
    return IngestionConfig(source_config=dict(source_config), **settings)


def configured(**changed: Any) -> IngestionSourceConfig:
    settings = {"name": "orders", "source_type": "filesystem", "destination_table": "bronze.orders"}
    return IngestionSourceConfig(**(settings | changed))


class TestPlanFor:
    def test_a_configuration_alone_is_enough(self) -> None:
        assert FILE_PLAN == plan_for(asked(), None)

    @given(tables, st.sampled_from([Append(), Replace()]), contracts)
    def test_table_mode_and_contract_are_those_that_were_asked_for(
        self, table: TableName, mode: Append | Replace, contract: SchemaContract
    ) -> None:
        config = asked(destination_table=str(table), write_mode=name_of(mode), schema_contract=contract.value)
        assert replace(FILE_PLAN, table=table, mode=mode, contract=contract) == plan_for(config, None)

    @pytest.mark.parametrize("source_config", [None, 5, "path", ["path"]])
    def test_a_source_config_that_is_no_mapping_is_refused_by_its_name(self, source_config: Any) -> None:
        with pytest.raises(ValidationError) as refused:
            plan_for(replace(asked(), source_config=source_config), None)
        assert [("bronze.orders", "source_config")] == [error["loc"] for error in refused.value.errors()]

    def test_an_empty_sort_in_the_source_says_nothing(self) -> None:
        assert FILE_PLAN == plan_for(asked(FILES | {"dedup_sort": {}}), None)

    def test_mode_and_contract_that_are_left_at_floes_defaults_are_the_configured_ones(self) -> None:
        source = configured(write_mode="replace", schema_contract="freeze")
        plan = plan_for(asked(), source)
        assert (Replace(), SchemaContract.FREEZE) == (plan.mode, plan.contract)

    def test_mode_and_contract_that_were_asked_for_beat_the_configured_ones(self) -> None:
        source = configured(write_mode="merge", primary_key="id", schema_contract="freeze")
        plan = plan_for(asked(write_mode="replace", schema_contract="discard_value"), source)
        assert (Replace(), SchemaContract.DISCARD_VALUE) == (plan.mode, plan.contract)

    @given(st.sampled_from(["append", "replace"]), contracts)
    def test_a_configured_source_asks_for_what_it_says(self, mode: str, contract: SchemaContract) -> None:
        source = configured(source_config=FILES, write_mode=mode, schema_contract=contract.value)
        plan = plan_for(config_of(source), source)
        assert (mode, contract, FILE_PLAN.table) == (name_of(plan.mode), plan.contract, plan.table)

    def test_a_cursor_that_is_left_open_is_the_configured_one(self) -> None:
        assert "updated_at" == plan_for(asked(), configured(cursor_field="updated_at")).cursor

    def test_the_sources_own_cursor_beats_the_configured_one(self) -> None:
        config = asked(FILES | {"cursor_field": "id"})
        assert "id" == plan_for(config, configured(cursor_field="updated_at")).cursor

    def test_a_key_that_is_left_open_is_the_configured_one(self) -> None:
        plan = plan_for(asked(write_mode="merge"), configured(primary_key=["a", "b"]))
        assert Merge(DELETE_INSERT, ("a", "b")) == plan.mode

    def test_a_strategy_that_is_left_open_is_the_configured_one(self) -> None:
        source = configured(write_mode="merge", primary_key="id", merge_strategy="upsert")
        assert Merge(UPSERT, ("id",)) == plan_for(asked(write_mode="merge"), source).mode

    def test_a_strategy_is_nothing_to_a_load_that_does_not_merge(self) -> None:
        source = configured(write_mode="merge", primary_key="id", merge_strategy="upsert")
        assert Replace() == plan_for(asked(write_mode="replace"), source).mode

    def test_the_sources_own_key_and_strategy_beat_the_configured_ones(self) -> None:
        own = {"primary_key": "no", "merge_strategy": "insert-only"}
        source = configured(write_mode="merge", primary_key="id", merge_strategy="upsert")
        plan = plan_for(asked(FILES | own, write_mode="merge"), source)
        assert Merge(INSERT_ONLY, ("no",)) == plan.mode

    def test_credentials_are_the_configured_ones(self) -> None:
        source = plan_for(asked(), configured(credentials="hush")).source
        assert isinstance(source, Filesystem)
        assert Secret("hush") == source.credentials

    def test_credentials_of_a_database_without_an_address_are_its_address(self) -> None:
        config = asked({"table": "t"}, source_type="sql_database")
        plan = plan_for(config, configured(source_type="sql_database", credentials="postgresql://a:b@c/d"))
        assert SqlDatabase(Secret("postgresql://a:b@c/d"), ("t",)) == plan.source

    def test_the_resource_is_the_sources_first(self) -> None:
        config = asked({"url": "https://h/v1/things"}, source_type="rest_api")
        plan = plan_for(config, None)
        assert isinstance(plan.source, RestApi)
        assert "things" == plan.resource

    @pytest.mark.parametrize(
        ("config", "named"),
        [
            (asked(source_type=""), "source_type"),
            (asked(destination_table=""), "destination_table"),
            (asked(write_mode="merge"), "primary_key"),
            (asked(FILES | {"merge_strategy": "upsert"}), "merge_strategy"),
            (asked(FILES | {"cursor_field": " "}), "cursor_field"),
            (asked({"path": "/x", "format": "csv", "primary_key": [""]}), "primary_key"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, config: IngestionConfig, named: str) -> None:
        with pytest.raises(ValidationError, match=named):
            plan_for(config, None)

    def test_an_option_of_the_source_that_is_unknown_is_told_with_source_and_table(self) -> None:
        with pytest.raises(
            ValidationError, match=r"orders \(for bronze.orders\)[^?]*did you mean file_glob\?"
        ):
            plan_for(asked(FILES | {"fileglob": "*"}), configured())


class TestRevised:
    @given(plans, st.sampled_from(["write_mode", "destination_table", "hard_delete", "credentials"]))
    def test_what_a_run_cannot_change_is_refused_and_not_shown(self, plan: LoadPlan, option: str) -> None:
        fault = revised(plan, {option: "hush"}).failure()
        assert (option, Category.CONFIGURATION) == (fault.field, fault.category)
        assert "hush" not in fault.message + fault.next_step
        assert Success(plan) == revised(plan, {option: None})

    @given(plans)
    def test_nothing_changes_nothing(self, plan: LoadPlan) -> None:
        assert Success(plan) == revised(plan, {})

    @given(plans)
    def test_nones_change_nothing(self, plan: LoadPlan) -> None:
        assert Success(plan) == revised(plan, dict.fromkeys(RUN_OPTIONS))

    @given(plans, st.sampled_from([Append(), Replace()]), contracts, words)
    def test_what_is_given_beats_the_plan(
        self, plan: LoadPlan, mode: Append | Replace, contract: SchemaContract, cursor: str
    ) -> None:
        options = {
            "write_disposition": name_of(mode),
            "schema_contract": contract.value,
            "cursor_field": cursor,
            "table_name": plan.table.name,
        }
        changed = replace(plan, mode=mode, contract=contract, cursor=cursor)
        assert Success(changed) == revised(plan, options)

    @given(plans, contracts, words)
    def test_a_revision_made_twice_is_made_once(
        self, plan: LoadPlan, contract: SchemaContract, cursor: str
    ) -> None:
        options = {"schema_contract": contract.value, "cursor_field": cursor}
        once = revised(plan, options).unwrap()
        assert Success(once) == revised(once, options)

    @given(plans, words)
    def test_another_table_is_refused(self, plan: LoadPlan, table: str) -> None:
        assume(table != plan.table.name)
        fault = revised(plan, {"table_name": table}).failure()
        assert isinstance(fault, Invalid)
        assert ("table_name", table) == (fault.field, fault.given)
        assert plan.table.name in fault.wanted

    @pytest.mark.parametrize(
        ("options", "field", "wanted"),
        [
            ({"write_disposition": "upsert"}, "write_mode", "append, replace"),
            ({"schema_contract": "strict"}, "schema_contract", "evolve, freeze, discard_value"),
            ({"write_disposition": "merge"}, "primary_key", "needs a key"),
            ({"merge_strategy": "upsert"}, "merge_strategy", "only applies to write_mode merge"),
            (
                {"write_disposition": "merge", "primary_key": "id", "merge_strategy": "mix"},
                "merge_strategy",
                "upsert",
            ),
        ],
    )
    def test_what_cannot_be_used_is_a_fault_that_names_it(
        self, options: dict[str, str], field: str, wanted: str
    ) -> None:
        fault = revised(FILE_PLAN, options).failure()
        assert isinstance(fault, Invalid)
        assert (field, Category.CONFIGURATION) == (fault.field, fault.category)
        assert wanted in fault.wanted

    @pytest.mark.parametrize("key", ["id", ["id"], ("id",)])
    def test_a_run_may_merge_by_a_key_of_its_own(self, key: object) -> None:
        options = {"write_disposition": "merge", "primary_key": key}
        assert Merge(DELETE_INSERT, ("id",)) == revised(FILE_PLAN, options).unwrap().mode

    def test_a_run_with_another_strategy_keeps_the_rules_of_the_merge(self) -> None:
        sort = DedupSort("at", Order.DESC)
        mode = Merge(DELETE_INSERT, ("id",), hard_delete="gone", dedup_sort=sort)
        changed = revised(replace(FILE_PLAN, mode=mode), {"merge_strategy": "upsert"}).unwrap().mode
        assert replace(mode, strategy=UPSERT) == changed

    @pytest.mark.parametrize("key", ["id", ["a", "b"]])
    def test_a_key_is_nothing_to_a_load_that_does_not_merge(self, key: object) -> None:
        assert Success(FILE_PLAN) == revised(FILE_PLAN, {"primary_key": key})

    @given(plans.filter(lambda plan: not isinstance(plan.mode, Merge) or plan.mode.strategy is not SCD2))
    def test_a_window_is_read_without_a_cursor(self, plan: LoadPlan) -> None:
        window = Window("at", 1, 2)
        expected = replace(plan, window=window, cursor=None)
        assert expected == revised(plan, {"window": window, "cursor_field": "seq"}).unwrap()

    def test_a_window_of_a_table_of_versions_is_refused(self) -> None:
        fault = revised(FILE_PLAN, {"window": Window("at", 1, 2), **SCD2_BY_ID}).failure()
        assert "Remove window: scd2 ends the versions" in fault.next_step
