"""A table that was loaded by a cursor gets no row twice when the cursor is no longer set."""

from __future__ import annotations

from typing import Any

import pytest

from floe_ingestion_dlt.domain.faults import SourceFailed
from tests.embedded.rows_of_each_kind import KINDS, run
from tests.embedded.sliced import at_once, in_slices, source, threads
from tests.platforms import Platform

ROWS: list[dict[str, Any]] = [{"id": 1, "u": 1}, {"id": 2, "u": 2}]


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in platform.rows("id")]


@KINDS
def test_rows_are_not_added_again_without_the_cursor(platform: Platform, kind: str) -> None:
    assert run(platform, kind, ROWS, source_config={"cursor_field": "u"}).success
    refused = run(platform, kind, ROWS)
    assert not refused.success
    assert "cursor u" in refused.errors[0]
    assert [1, 2] == ids(platform)
    platform.forget_local_state()
    assert not run(platform, kind, ROWS).success
    assert run(platform, kind, ROWS, source_config={"cursor_field": "u"}).success
    assert [1, 2] == ids(platform)


@KINDS
def test_replacing_all_rows_forgets_the_cursor(platform: Platform, kind: str) -> None:
    assert run(platform, kind, ROWS, source_config={"cursor_field": "u"}).success
    assert run(platform, kind, ROWS, write_mode="replace").success
    result = run(platform, kind, [{"id": 3, "u": 3}])
    assert result.success, result.errors
    assert 3 in ids(platform)


@KINDS
@pytest.mark.parametrize("before", [{}, {"cursor_field": "id"}], ids=["none", "another"])
def test_a_cursor_that_is_set_later_adds_no_row_twice(
    platform: Platform, kind: str, before: dict[str, str]
) -> None:
    assert run(platform, kind, [*ROWS, ROWS[1]], source_config=dict(before)).success
    rows = [*ROWS, ROWS[1], ROWS[1], {"id": 0, "u": 0}]
    for _ in range(2):
        result = run(platform, kind, rows, source_config={"cursor_field": "u"})
        assert result.success, result.errors
        assert [0, 1, 2, 2, 2] == ids(platform)


def test_rows_that_are_given_are_added_without_the_cursor(platform: Platform) -> None:
    assert platform.load(ROWS, cursor="u").success
    assert platform.load([{"id": 3, "u": 0}]).success
    assert [1, 2, 3] == ids(platform)


def test_slices_are_not_added_to_a_table_that_was_loaded_by_a_cursor(platform: Platform) -> None:
    shop = source(platform, "sqlite")
    assert at_once(platform.a_plugin(sources=[shop | {"cursor_field": "id"}])).fault is None
    with threads() as workers:
        refused = in_slices(platform.a_plugin(sources=[shop]), workers)
    assert isinstance(refused.fault, SourceFailed)
    assert 500 == len(platform.rows(table="bronze.shop"))
