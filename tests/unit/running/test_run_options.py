"""The options of a run: a closed list, and values that mean something."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from returns.result import Success

from floe_ingestion_dlt.adapters.sources.filesystem.kind import FILESYSTEM
from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.adapters.sources.sql_database.kind import SQL_DATABASE
from floe_ingestion_dlt.config import IngestionSourceConfig
from floe_ingestion_dlt.domain.faults import Category, Invalid, UnknownOption
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.running.run_options import RUN_OPTIONS, checked
from tests.unit.domain.strategies import plans, words

FILES = parse_source(FILESYSTEM, {"path": "/data/*.csv", "format": "csv"}, None).source
PLAN: Final = LoadPlan(FILES, "files", TableName(("bronze",), "orders"), Append(), name="orders")
KNOWN: Final = {*RUN_OPTIONS, *IngestionSourceConfig.model_fields}
NO_TEXT: Final = st.sampled_from([0, 1.5, True, b"append", {"disposition": "merge"}, ["x"], object()])


class TestNames:
    @given(plans, words, st.none() | words | st.booleans())
    def test_an_unknown_one_is_refused_by_its_name_whatever_it_says(
        self, plan: LoadPlan, name: str, value: object
    ) -> None:
        assume(name not in KNOWN)
        fault = checked(plan, {name: value}).failure()
        assert isinstance(fault, UnknownOption)
        assert (name, Category.CONFIGURATION) == (fault.field, fault.category)
        assert repr(name) in fault.message

    @pytest.mark.parametrize(
        ("typo", "meant"),
        [
            ("idempotencykey", "idempotency_key"),
            ("idempotencyKey", "idempotency_key"),
            ("Idempotency-Key", "idempotency_key"),
            ("idempotency_keys", "idempotency_key"),
            ("write_dispositon", "write_disposition"),
            ("WRITE_DISPOSITION", "write_disposition"),
            ("primary_keys", "primary_key"),
            ("cursor_feild", "cursor_field"),
            ("schemacontract", "schema_contract"),
            ("merge_stratgey", "merge_strategy"),
            ("sources", "source"),
            ("tablename", "table_name"),
            ("full-refresh", "full_refresh"),
            ("write_mod", "write_mode"),
        ],
    )
    def test_a_typo_is_answered_with_the_nearest_word(self, typo: str, meant: str) -> None:
        assert f"Did you mean {meant}?" in checked(PLAN, {typo: "x"}).failure().next_step

    def test_one_that_is_near_to_none_is_answered_with_all(self) -> None:
        step = checked(PLAN, {"\u2603": "x"}).failure().next_step
        assert all(name in step for name in RUN_OPTIONS)

    @pytest.mark.parametrize(
        ("option", "instead"),
        [
            ("full_refresh", "refresh=True"),
            ("dev_mode", "refresh=True"),
            ("limit", "add_limit"),
            ("loader_file_format", "Parquet"),
            ("table_format", "Iceberg"),
            ("dataset_name", "destination_table"),
            ("destination", "catalog_config"),
            ("columns", "dlt resource"),
            ("data", "source"),
            ("incremental", "cursor_field"),
            ("merge_key", "primary_key"),
            ("run_id", "idempotency_key"),
        ],
    )
    def test_a_word_of_dlts_is_answered_with_what_to_do_instead(self, option: str, instead: str) -> None:
        fault = checked(PLAN, {option: True}).failure()
        assert isinstance(fault, UnknownOption)
        assert (option, True) == (fault.field, instead in fault.next_step)
        assert Success({}) == checked(PLAN, {option: None})


class TestValues:
    @given(
        st.sampled_from(["write_disposition", "schema_contract", "cursor_field", "merge_strategy"]), NO_TEXT
    )
    def test_what_must_be_a_text_is_one(self, option: str, value: object) -> None:
        fault = checked(PLAN, {option: value}).failure()
        assert isinstance(fault, Invalid)
        assert option == fault.field
        assert type(value).__name__ in str(fault.given)

    @pytest.mark.parametrize("option", ["write_disposition", "cursor_field", "primary_key", "table_name"])
    @pytest.mark.parametrize("blank", ["", " ", "\t\n"])
    def test_an_empty_text_does_not_leave_the_plans_word(self, option: str, blank: str) -> None:
        assert option == checked(PLAN, {option: blank}).failure().field

    @pytest.mark.parametrize("key", [{"id"}, 5, {"id": 1}, ["id", None], [["id"]], ["id", ""], b"id"])
    def test_a_key_is_a_name_or_a_list_of_names(self, key: object) -> None:
        assert "primary_key" == checked(PLAN, {"primary_key": key}).failure().field

    @pytest.mark.parametrize("key", [True, False, object(), ("run", "asset"), 1.5, b"run", {}])
    def test_a_key_of_a_run_that_may_be_another_word_next_time_is_refused(self, key: object) -> None:
        assert "idempotency_key" == checked(PLAN, {"idempotency_key": key}).failure().field

    @pytest.mark.parametrize("key", ["run", 7, uuid.UUID(int=7), datetime(2025, 1, 1, tzinfo=UTC)])
    def test_a_key_of_a_run_may_be_what_is_the_same_word_everywhere(self, key: object) -> None:
        assert Success({"idempotency_key": key}) == checked(PLAN, {"idempotency_key": key})


class TestOfAnotherSource:
    @pytest.mark.parametrize(
        ("option", "other"),
        [
            ("table_name", "returns"),
            ("table_name", "bronze.orders"),
            ("source_type", "rest_api"),
            ("source_name", "returns"),
            ("source_name", "Orders"),
        ],
    )
    def test_the_word_of_another_source_is_refused(self, option: str, other: str) -> None:
        fault = checked(PLAN, {option: other, "source": [1]}).failure()
        assert isinstance(fault, Invalid)
        assert (option, other) == (fault.field, fault.given)

    def test_a_source_that_is_not_configured_may_have_any_name(self) -> None:
        options = {"source_name": "whatever"}
        assert Success(options) == checked(replace(PLAN, name=None), options)

    @pytest.mark.parametrize("path", ["/data", "/data/", "/data/*.csv", "/data/2024/a.csv"])
    def test_the_plans_own_place_may_be_repeated(self, path: str) -> None:
        assert Success({"source_path": path}) == checked(PLAN, {"source_path": path})

    def test_another_place_would_not_be_read_and_is_refused(self) -> None:
        fault = checked(PLAN, {"source_path": "s3://user:hush@bucket/x"}).failure()
        assert isinstance(fault, Invalid)
        assert ("source_path", False) == (fault.field, "hush" in fault.message + fault.next_step)

    def test_the_place_of_a_source_that_is_passed_is_its_own(self) -> None:
        options = {"source_path": "/elsewhere", "source": [{"id": 1}]}
        assert Success(options) == checked(PLAN, options)

    def test_an_api_and_a_database_have_places_too(self) -> None:
        api = parse_source(REST_API, {"url": "https://h/v1/orders"}, None).source
        base = parse_source(SQL_DATABASE, {"connection_string": "sqlite://", "table": "t"}, None).source
        path = {"source_path": "https://h/v1/orders"}
        assert Success(path) == checked(replace(PLAN, source=api), path)
        assert "source_path" == checked(replace(PLAN, source=base), path).failure().field
