"""Rows that are gone in files and in data of other kinds: each load has all rows, or is refused."""

from __future__ import annotations

from typing import Any

import pytest

from floe_ingestion_dlt.domain.faults import DeletesRefused, Invalid
from tests.embedded.rows_of_each_kind import KINDS, pipeline
from tests.platforms import Platform

KEY = {"primary_key": "id", "delete_missing": "keys"}


def report(platform: Platform, kind: str, ids: list[int], **source: Any) -> Any:
    rows = [{"id": id_, "at": id_} for id_ in ids]
    made = pipeline(platform, kind, rows, write_mode="merge", source_config=KEY | source)
    return platform.plugin.load(made)


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in sorted(platform.rows("id"), key=lambda row: row["id"])]


@KINDS
def test_rows_of_each_kind_of_source_go(platform: Platform, kind: str) -> None:
    assert 10 == report(platform, kind, [*range(10)]).rows
    assert 1 == report(platform, kind, [*range(9)]).deleted
    assert isinstance(report(platform, kind, [1]).fault, DeletesRefused)
    assert [*range(9)] == ids(platform)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_files_that_are_read_by_a_cursor_are_refused(platform: Platform, kind: str) -> None:
    fault = report(platform, kind, [1], cursor_field="at").fault
    assert isinstance(fault, Invalid)
    assert "remove cursor_field" in fault.next_step


def test_files_that_are_loaded_once_are_refused(platform: Platform) -> None:
    error = report(platform, "csv", [1], incremental="files").error
    assert "without delete_missing" in str(error)
    assert report(platform, "csv", [1], incremental="all").success


def test_rows_that_are_nested_go_with_their_root_rows(platform: Platform) -> None:
    config = {"path": str(platform.data), "format": "csv", **KEY}
    made = platform.pipeline(source_config=config, write_mode="merge")
    rows = [{"id": id_, "lines": [{"n": id_}, {"n": -id_}]} for id_ in range(1, 12)]
    assert platform.plugin.load(made, source=rows).success
    assert 1 == platform.plugin.load(made, source=rows[1:]).deleted
    nested = platform.rows("n", table="bronze.orders__lines")
    assert {*range(2, 12), *range(-11, -1)} == {row["n"] for row in nested}
    assert 20 == len(nested)
