"""The plugin's configuration: what it takes, how it refuses the rest, and what it keeps to itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from floe_ingestion_dlt.config import DltIngestionConfig, IngestionSourceConfig, RetryConfig
from floe_ingestion_dlt.domain.memory import Memory
from floe_ingestion_dlt.domain.retry_policy import RetryPolicy
from tests.unit.domain.strategies import tables

HUSH = "hush-hush"
SOURCE: dict[str, Any] = {
    "name": "orders",
    "source_type": "rest_api",
    "source_config": {"url": "https://x", "method": "GET"},
    "destination_table": "a.b",
    "write_mode": "append",
    "schema_contract": "evolve",
}


def a_source(**changed: Any) -> IngestionSourceConfig:
    return IngestionSourceConfig(**(SOURCE | changed))


def refusal(model: type[BaseModel], **given: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        model(**given)
    return str(refused.value)


class TestRetryConfig:
    def test_a_deadline_that_is_set_holds_for_answers_too(self) -> None:
        assert RetryConfig(deadline_seconds=300.0).policy.bounds_answers
        assert not RetryConfig().policy.bounds_answers

    def test_it_is_three_retries_from_one_second_unless_told(self) -> None:
        assert RetryPolicy(3, 1.0) == RetryConfig().policy

    @pytest.mark.parametrize(("retries", "delay"), [(0, 0.001), (7, 60.0), (1000, 2)])
    def test_it_becomes_the_policy_that_was_given(self, retries: int, delay: float) -> None:
        config = RetryConfig(max_retries=retries, initial_delay_seconds=delay)
        assert RetryPolicy(retries, delay) == config.policy

    @pytest.mark.parametrize(
        ("field", "value", "wanted"),
        [
            ("max_retries", -1, "0 or more"),
            ("max_retries", 1.5, "valid integer"),
            ("max_retries", "often", "valid integer"),
            ("initial_delay_seconds", 0, "more than 0"),
            ("initial_delay_seconds", -1.0, "more than 0"),
            ("initial_delay_seconds", 60.1, "at most 60"),
            ("initial_delay_seconds", float("nan"), "more than 0"),
            ("initial_delay_seconds", float("inf"), "at most 60"),
            ("initial_delay_seconds", "soon", "valid number"),
        ],
    )
    def test_what_is_no_policy_is_refused_by_its_field(self, field: str, value: object, wanted: str) -> None:
        told = refusal(RetryConfig, **{field: value})
        assert field in told
        assert wanted in told


class TestSource:
    def test_what_is_left_out_has_the_platforms_defaults(self) -> None:
        source = IngestionSourceConfig(name="orders", source_type="rest_api", destination_table="a.b")
        assert ("append", "evolve", None, (), None, {}) == (
            source.write_mode,
            source.schema_contract,
            source.cursor_field,
            source.primary_key,
            source.retry_config,
            source.source_config,
        )

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("source_type", kind) for kind in ("rest_api", "sql_database", "filesystem")),
            *(("write_mode", mode) for mode in ("append", "replace")),
            *(("schema_contract", contract) for contract in ("evolve", "freeze", "discard_value")),
            ("destination_table", "lake.bronze.raw-orders"),
            ("cursor_field", "updated_at"),
            ("retry_config", RetryConfig(max_retries=0)),
        ],
    )
    def test_what_is_known_is_kept_as_it_was_given(self, field: str, value: object) -> None:
        assert value == getattr(a_source(**{field: value}), field)

    @given(tables)
    def test_any_table_of_the_catalog_may_be_named(self, table: object) -> None:
        assert str(table) == a_source(destination_table=str(table)).destination_table

    @pytest.mark.parametrize(
        ("key", "columns"), [("id", ("id",)), (["a", "b"], ("a", "b")), (("a",), ("a",)), (None, ())]
    )
    def test_a_key_is_a_text_or_a_list(self, key: object, columns: tuple[str, ...]) -> None:
        assert columns == a_source(primary_key=key).primary_key

    @pytest.mark.parametrize("strategy", ["delete-insert", "upsert", "insert-only", "scd2"])
    def test_a_merge_with_a_key_has_any_known_strategy(self, strategy: str) -> None:
        source = a_source(write_mode="merge", primary_key="id", merge_strategy=strategy)
        assert strategy == source.merge_strategy

    @pytest.mark.parametrize(
        ("field", "value", "wanted"),
        [
            ("name", " ", "give each source a name"),
            ("source_type", "ftp", "one of rest_api, sql_database, filesystem"),
            ("source_type", "", "one of rest_api, sql_database, filesystem"),
            ("destination_table", "orders", "namespace.table"),
            ("destination_table", "a..b", "namespace.table"),
            ("destination_table", "a.b c", "namespace.table"),
            ("destination_table", "a." + "b" * 300, "at most 200 bytes"),
            ("write_mode", "upsert", "one of append, replace, merge"),
            ("schema_contract", "strict", "one of evolve, freeze, discard_value"),
        ],
    )
    def test_what_is_unknown_is_named_with_what_would_be_right(
        self, field: str, value: str, wanted: str
    ) -> None:
        told = refusal(IngestionSourceConfig, **(SOURCE | {field: value}))
        assert all(part in told for part in (field, value.strip() or "missing", wanted))

    @pytest.mark.parametrize(
        ("changed", "named"),
        [
            ({"cursor_field": ""}, "cursor_field"),
            ({"primary_key": ""}, "primary_key"),
            ({"primary_key": ["id", " "]}, "primary_key"),
            ({"primary_key": 7}, "primary_key"),
            ({"write_mode": "merge"}, "primary_key"),
            ({"merge_strategy": "upsert"}, "merge_strategy"),
            ({"write_mode": "merge", "primary_key": "id", "merge_strategy": "mix"}, "merge_strategy"),
            ({"source_config": "url"}, "source_config"),
            ({"retry_config": {"max_retries": -1}}, "max_retries"),
            ({"destination": "a.b"}, "destination"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, changed: dict[str, object], named: str) -> None:
        assert named in refusal(IngestionSourceConfig, **(SOURCE | changed))

    @pytest.mark.parametrize("field", ["name", "source_type", "destination_table"])
    def test_what_is_missing_is_named(self, field: str) -> None:
        told = refusal(IngestionSourceConfig, **{k: v for k, v in SOURCE.items() if k != field})
        assert field in told

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        told = refusal(IngestionSourceConfig, name="", source_type="ftp", destination_table="b", extra=1)
        assert all(field in told for field in ("name", "source_type", "destination_table", "extra"))

    def test_it_cannot_be_changed(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            a_source().name = "other"  # type: ignore[misc]  # what must not work


class TestWhole:
    def test_the_platforms_fixture_can_be_made(self) -> None:
        source = IngestionSourceConfig(
            name="orders",
            source_type="rest_api",
            source_config={"url": "https://x", "method": "GET"},
            destination_table="a.b",
            write_mode="append",
            schema_contract="evolve",
        )
        config = DltIngestionConfig(
            sources=[source],
            catalog_config={},
            retry_config=RetryConfig(),
        )
        assert (source,) == config.sources

    def test_nothing_has_to_be_given(self) -> None:
        assert ((), {}, RetryConfig(), None) == (
            DltIngestionConfig().sources,
            DltIngestionConfig().catalog_config,
            DltIngestionConfig().retry_config,
            DltIngestionConfig().pipelines_dir,
        )

    def test_retries_that_are_none_are_the_default_ones(self) -> None:
        assert RetryConfig() == DltIngestionConfig(retry_config=None).retry_config

    @pytest.mark.parametrize(
        ("second", "named"),
        [
            ({"destination_table": "a.c"}, "orders"),
            ({"name": "returns"}, "orders and returns"),
        ],
        ids=["one name", "one table"],
    )
    def test_two_sources_differ_in_name_and_table(self, second: dict[str, str], named: str) -> None:
        assert named in refusal(DltIngestionConfig, sources=[SOURCE, SOURCE | second])

    def test_an_error_says_which_source_it_means(self) -> None:
        told = refusal(
            DltIngestionConfig, sources=[SOURCE, SOURCE | {"name": "returns", "curser_field": "x"}]
        )
        assert "sources.1.returns.curser_field" in told
        assert "did you mean cursor_field?" in told

    def test_it_cannot_be_changed(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            DltIngestionConfig().pipelines_dir = "x"  # type: ignore[misc]  # what must not work

    def test_a_source_is_found_by_its_table(self) -> None:
        second = a_source(name="returns", destination_table="a.c")
        config = DltIngestionConfig(sources=(a_source(), second))
        assert (second, None) == (config.source_for("a.c"), config.source_for("a.d"))

    @given(
        st.lists(tables, unique_by=str, max_size=3),
        st.sampled_from(["append", "replace", "merge"]),
        st.sampled_from(["evolve", "freeze", "discard_value"]),
        st.integers(0, 9),
    )
    def test_a_dump_can_be_validated_again(
        self, places: list[object], mode: str, contract: str, retries: int
    ) -> None:
        sources = tuple(
            a_source(
                name=str(number),
                destination_table=f"n{number}.{table}",
                write_mode=mode,
                primary_key="id",
                schema_contract=contract,
                credentials=HUSH,
                retry_config=RetryConfig(max_retries=retries),
            )
            for number, table in enumerate(places)
        )
        config = DltIngestionConfig(sources=sources, catalog_config={"uri": "http://x", "token": HUSH})
        assert config == DltIngestionConfig.model_validate(config.model_dump())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"sources": {"a": {}}}, "a list is needed: in YAML, lines that begin with -"),
        ({"sources": ["files"]}, "a mapping is needed: in YAML, lines such as key: value"),
        ({"catalog_config": "lake"}, "a mapping is needed: in YAML, lines such as key: value"),
        ({"retry_config": 3}, "a mapping is needed: in YAML, lines such as key: value"),
    ],
)
def test_a_list_or_mapping_is_asked_for_in_the_words_of_the_file(given: object, expected: str) -> None:
    with pytest.raises(ValidationError) as raised:
        DltIngestionConfig.model_validate(given)
    assert expected in str(raised.value)


class TestMemory:
    @pytest.mark.parametrize(
        ("given", "limit"), [("2GiB", 2 << 30), ("600MB", 600_000_000), (1 << 30, 1 << 30), (None, 1 << 30)]
    )
    def test_a_limit_is_a_number_of_bytes_or_has_a_unit(self, given: object, limit: int) -> None:
        assert Memory(limit) == DltIngestionConfig(memory_limit=given).memory.unwrap()

    @pytest.mark.parametrize("given", ["100MiB", "much", -1, 0])
    def test_a_limit_that_is_too_little_or_no_size_is_refused(self, given: object) -> None:
        assert "memory_limit" in refusal(DltIngestionConfig, memory_limit=given)

    def test_without_a_limit_there_is_memory_for_all_loads_at_once(self) -> None:
        config = DltIngestionConfig(parallel_sources=10)
        assert Memory((256 + 10 * 256) << 20, 10) == config.memory.unwrap()
