"""Rows that the source marks as deleted, from the source to the rows that a reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from floe_core.plugins.ingestion import IngestionResult

from floe_ingestion_dlt.domain.merge import STRATEGIES
from tests.platforms import TABLE, Platform, Row

ALL = [strategy.name for strategy in STRATEGIES]


def merge(
    platform: Platform,
    rows: list[Row] | None = None,
    strategy: str = "delete-insert",
    source: Mapping[str, Any] = MappingProxyType({}),
) -> IngestionResult:
    options = {"primary_key": "id", "merge_strategy": strategy, "hard_delete": "gone", **source}
    return platform.load(rows, write_mode="merge", source_config=options)


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in platform.rows("id")]


@pytest.mark.parametrize("strategy", ALL)
@pytest.mark.parametrize(("no", "yes"), [("0", "1"), ("N", "Y"), ("false", "true"), ("", "deleted")])
def test_rows_of_a_csv_file_whose_flag_says_no_are_loaded(
    platform: Platform, strategy: str, no: str, yes: str
) -> None:
    platform.csv("a.csv", f"id,gone\n1,{no}\n2,{yes}\n")
    assert merge(platform, strategy=strategy).success
    assert [1] == ids(platform)


@pytest.mark.parametrize(("no", "yes"), [(0, 1), ("f", "t"), (None, datetime(2026, 1, 1, tzinfo=UTC))])
def test_rows_of_python_values_whose_flag_says_no_are_loaded(platform: Platform, no: Any, yes: Any) -> None:
    assert merge(platform, [{"id": 1, "gone": no}, {"id": 2, "gone": yes}]).success
    assert merge(platform, [{"id": 1, "gone": yes}, {"id": 3, "gone": no}]).success
    assert [3] == ids(platform)


def test_an_unclear_flag_refuses_the_load_and_shows_what_is_understood_but_no_value(
    platform: Platform,
) -> None:
    platform.csv("a.csv", "id,gone\n1,N\n2,perhaps\n")
    (error,) = merge(platform).errors
    assert "1 rows have a value in gone that does not say whether the row is deleted" in error
    assert "true, t, yes, y, 1, deleted, d" in error
    assert "perhaps" not in error
    platform.csv("a.csv", "id,gone\n1,N\n2,Y\n")
    assert merge(platform).success
    assert [1] == ids(platform)


@pytest.mark.parametrize("kind", [pa.binary(), pa.list_(pa.int64()), pa.time64("us")], ids=str)
def test_a_flag_of_a_type_that_flags_nothing_is_refused_before_there_is_a_table(
    platform: Platform, kind: pa.DataType
) -> None:
    pq.write_table(pa.table({"id": [1], "gone": pa.array([None], kind)}), platform.data / "a.parquet")
    (error,) = merge(platform, source={"format": "parquet"}).errors
    assert "the column gone is of type" in error
    assert not platform.catalog.table_exists(TABLE)


def test_a_flag_that_becomes_text_is_refused_instead_of_deleting_nothing(platform: Platform) -> None:
    platform.csv("a.csv", "id,gone\n1,0\n")
    assert merge(platform).success
    platform.csv("a.csv", "id,gone\n1,Y\n")
    (error,) = merge(platform).errors
    assert "gone__v_text" in error
    assert [1] == ids(platform)


def test_flags_of_two_types_in_one_load_are_refused(platform: Platform) -> None:
    (error,) = merge(platform, [{"id": 1, "gone": 0}, {"id": 2, "gone": "Y"}]).errors
    assert "1 rows have a value in gone__v_text and none in gone" in error
