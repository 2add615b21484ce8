"""The options of a cursor hold for every kind of source: where rows begin and end, how far a load looks back, and what becomes of nulls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import dlt
import pytest

from floe_ingestion_dlt.domain.events import CursorUnused, RowsWithoutCursor
from tests.embedded.rows_of_each_kind import KINDS, load, pipeline, run
from tests.platforms import Platform

pytestmark = pytest.mark.some_of_them

Row = dict[str, Any]
NULLS: Final[tuple[Row, ...]] = ({"id": 1, "at": 5}, {"id": 2, "at": None})
OPTIONS: Final = pytest.mark.parametrize(
    "mode", [{}, {"write_mode": "merge", "source_config": {"primary_key": "id"}}], ids=["append", "merge"]
)


def numbered(*hours: int) -> list[Row]:
    """Rows with these numbers as their cursor, and an id each."""
    return [{"id": id_, "at": hour} for id_, hour in enumerate(hours, 1)]


def cursor(**options: Any) -> dict[str, Any]:
    return {"cursor": {"column": "at", **options}}


def with_cursor(mode: dict[str, Any], **options: Any) -> dict[str, Any]:
    return mode | {"source_config": {**mode.get("source_config", {}), **cursor(**options)}}


def ats(platform: Platform) -> list[Any]:
    return sorted(row["at"] for row in platform.rows("at"))


def ids(platform: Platform) -> list[int]:
    return sorted(row["id"] for row in platform.rows("id"))


def of_run(platform: Platform, rows: list[Row], **options: Any) -> Any:
    """The result of a run with a dlt resource of these rows."""
    config = {"path": str(platform.data), "format": "csv", **options.pop("source_config")}
    made = platform.pipeline(source_config=config, **options)
    return platform.plugin.run(made, source=dlt.resource(list(rows), name="orders"))


class TestBeginning:
    @KINDS
    @OPTIONS
    def test_rows_before_the_initial_value_are_not_read(
        self, platform: Platform, kind: str, mode: dict[str, Any]
    ) -> None:
        load(platform, kind, numbered(9, 10, 11), **with_cursor(mode, initial_value=10))
        assert [10, 11] == ats(platform)

    @KINDS
    def test_later_loads_go_on_from_the_last_value(self, platform: Platform, kind: str) -> None:
        for rows in (numbered(9, 10), numbered(9, 10, 11), numbered(9, 10, 11)):
            load(platform, kind, rows, **with_cursor({}, initial_value=10))
        assert [10, 11] == ats(platform)

    def test_a_later_initial_value_skips_no_row(self, platform: Platform) -> None:
        load(platform, "csv", numbered(5), **with_cursor({}, initial_value=1))
        load(platform, "csv", numbered(5, 7, 20), **with_cursor({}, initial_value=10))
        assert [5, 7, 20] == ats(platform)

    @pytest.mark.parametrize(
        "first",
        [date(2024, 1, 2), "2024-01-02", "2024-01-02T01:00:00+01:00", datetime(2024, 1, 2, tzinfo=UTC)],
    )
    @pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
    def test_days_and_times_begin_where_times_do(self, platform: Platform, kind: str, first: object) -> None:
        times: list[Any] = ["2024-01-01T23:59:59", "2024-01-02T00:00:00", "2024-01-03T00:00:00"]
        if kind == "parquet":
            times = [datetime.fromisoformat(text) for text in times]
        load(platform, kind, [{"at": each} for each in times], **with_cursor({}, initial_value=first))
        assert 2 == len(platform.rows("at"))

    def test_a_resource_of_a_run_begins_there_too(self, platform: Platform) -> None:
        for rows in (numbered(9, 10), numbered(9, 10, 11)):
            assert of_run(platform, rows, **with_cursor({}, initial_value=10)).success
        assert [10, 11] == ats(platform)

    @KINDS
    @pytest.mark.parametrize("first", ["2024-01-01", date(2024, 1, 1), "ten"])
    def test_a_value_of_another_type_is_refused_with_that_of_the_column(
        self, platform: Platform, kind: str, first: object
    ) -> None:
        rows = [{"id": 1, "at": 5.5}]
        result = run(platform, kind, rows, **with_cursor({}, initial_value=first))
        assert not result.success
        assert f"cursor.initial_value: '{first}' cannot be used" in result.errors[0]
        assert "a value that can be compared with at, which is of type double" in result.errors[0]

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    @pytest.mark.parametrize("first", [0.1, Decimal("0.1")])
    def test_fractions_are_those_of_the_column(self, platform: Platform, kind: str, first: object) -> None:
        rows = [{"at": 0.05}, {"at": 0.1}, {"at": 0.3}]
        load(platform, kind, rows, **with_cursor({}, initial_value=first, end_value=0.3))
        assert [0.1] == ats(platform)


class TestEnd:
    @KINDS
    @OPTIONS
    def test_rows_from_the_end_on_are_not_read(self, platform: Platform, kind: str, mode: Row) -> None:
        load(platform, kind, numbered(8, 9, 10, 11), **with_cursor(mode, end_value=10))
        assert [8, 9] == ats(platform)

    @KINDS
    def test_a_later_end_goes_on_where_the_earlier_one_was(self, platform: Platform, kind: str) -> None:
        rows = numbered(8, 9, 10, 11)
        for end in (10, 10, 11, 12, None):
            load(platform, kind, rows, **with_cursor({}, end_value=end))
        assert [8, 9, 10, 11] == ats(platform)

    def test_rows_that_come_before_the_end_later_are_read(self, platform: Platform) -> None:
        for rows in (numbered(1, 50), numbered(1, 50, 3)):
            assert of_run(platform, rows, **with_cursor({}, end_value=10)).success
        assert [1, 3] == ats(platform)


class TestLag:
    @KINDS
    @OPTIONS
    def test_late_rows_of_the_look_back_arrive_once_and_earlier_ones_do_not(
        self, platform: Platform, kind: str, mode: dict[str, Any]
    ) -> None:
        rows = numbered(1, 10)
        for late in ([], [{"id": 3, "at": 8}, {"id": 4, "at": 5}], [], [{"id": 5, "at": 11}]):
            rows += late
            load(platform, kind, rows, **with_cursor(mode, lag=3))
        assert [1, 2, 3, 5] == ids(platform)

    @KINDS
    def test_equal_rows_are_counted(self, platform: Platform, kind: str) -> None:
        rows = [{"id": 1, "at": 9}, {"id": 1, "at": 9}, {"id": 2, "at": 10}]
        for late in ([], [{"id": 1, "at": 9}], []):
            rows += late
            load(platform, kind, rows, **with_cursor({}, lag=3))
        assert [1, 1, 1, 2] == ids(platform)

    def test_a_changed_row_is_added_by_append_and_replaced_by_merge(self, platform: Platform) -> None:
        load(
            platform,
            "csv",
            [{"id": 1, "at": 9, "n": 1}, {"id": 2, "at": 10, "n": 1}],
            **with_cursor({}, lag=3),
        )
        changed = [{"id": 1, "at": 9, "n": 2}, {"id": 2, "at": 10, "n": 1}]
        load(platform, "csv", changed, **with_cursor({}, lag=3))
        assert [1, 1, 2] == ids(platform)

    @pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "sqlite", "run"])
    def test_times_look_back_by_a_duration(self, platform: Platform, kind: str) -> None:
        start = datetime.fromisoformat("2024-01-31T00:30:00")
        late = [timedelta(hours=-1), timedelta(hours=-3)]
        all_rows = [[start], [start, *(start + each for each in late)]]
        for moments in all_rows:
            rows = [{"at": each if kind in {"parquet", "run"} else each.isoformat()} for each in moments]
            if kind == "run":
                assert of_run(platform, rows, **with_cursor({}, lag="2h")).success
            else:
                load(platform, kind, rows, **with_cursor({}, lag="2h"))
        assert 2 == len(platform.rows("at"))

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_dates_look_back_by_whole_days(self, platform: Platform, kind: str) -> None:
        days = [date(2024, 3, 1)], [date(2024, 3, 1), date(2024, 2, 29), date(2024, 2, 28)]
        for each in days:
            load(platform, kind, [{"at": day} for day in each], **with_cursor({}, lag="3h"))
        assert 2 == len(platform.rows("at"))

    def test_a_lag_of_another_kind_is_refused_with_the_type_of_the_value(self, platform: Platform) -> None:
        load(platform, "csv", numbered(1), **with_cursor({}, lag="2h"))
        result = run(platform, "csv", numbered(1, 2), **with_cursor({}, lag="2h"))
        assert "cursor.lag: '2:00:00' cannot be used" in result.errors[0]
        assert "the last value of at, which is of type int" in result.errors[0]

    def test_the_position_stays_if_only_earlier_rows_are_left(self, platform: Platform) -> None:
        load(platform, "csv", numbered(10), **with_cursor({}, lag=3))
        load(platform, "csv", [{"id": 2, "at": 8}], **with_cursor({}, lag=3))
        load(platform, "csv", [{"id": 3, "at": 6}, {"id": 4, "at": 7}], **with_cursor({}, lag=3))
        assert [1, 2, 4] == ids(platform)

    def test_a_lag_does_not_reach_behind_the_initial_value(self, platform: Platform) -> None:
        for _ in range(2):
            load(platform, "csv", numbered(7, 9, 10), **with_cursor({}, initial_value=9, lag=5))
        assert [9, 10] == ats(platform)

    def test_a_lag_can_be_set_and_removed_later(self, platform: Platform) -> None:
        rows = numbered(1, 10)
        for new, lag in (([], None), ([{"id": 3, "at": 9}], 3), ([{"id": 4, "at": 9}], None), ([], 3)):
            rows += new
            load(platform, "csv", rows, **with_cursor({}, lag=lag))
        assert [1, 2, 3, 4] == ids(platform)

    def test_a_fresh_host_looks_back_too(self, platform: Platform) -> None:
        load(platform, "csv", numbered(1, 10), **with_cursor({}, lag=3))
        platform.forget_local_state()
        load(platform, "csv", numbered(1, 10, 8, 2), **with_cursor({}, lag=3))
        assert [1, 8, 10] == ats(platform)

    def test_an_incremental_of_the_resource_leaves_no_room_for_a_lag(self, platform: Platform) -> None:
        resource = dlt.resource(numbered(1), name="orders", incremental=dlt.sources.incremental("at"))
        made = platform.pipeline(source_config=cursor(lag=3))
        result = platform.plugin.run(made, source=resource)
        assert "Remove cursor: the source is read by an incremental of its own, at" in result.errors[0]


def with_nulls(kind: str, rows: Sequence[Row]) -> list[Row]:
    return [
        {name: "" if value is None and kind == "csv" else value for name, value in row.items()}
        for row in rows
    ]


class TestNulls:
    @KINDS
    @pytest.mark.parametrize("lag", [None, 3])
    def test_null_is_an_error_unless_something_else_is_set(
        self, platform: Platform, kind: str, lag: int | None
    ) -> None:
        rows = with_nulls(kind, NULLS)
        result = run(platform, kind, rows, **with_cursor({}, lag=lag, initial_value=1))
        assert "the cursor at is null in a row" in result.errors[0]

    @KINDS
    @OPTIONS
    @pytest.mark.parametrize("lag", [None, 3])
    def test_excluded_rows_are_counted(
        self, platform: Platform, kind: str, mode: dict[str, Any], lag: int | None
    ) -> None:
        rows = with_nulls(kind, [{"id": 1, "at": 5}, {"id": 2, "at": None}, {"id": 3, "at": None}])
        made = pipeline(platform, kind, rows, **with_cursor(mode, on_null="exclude", lag=lag))
        report = platform.plugin.load(made)
        assert (RowsWithoutCursor("at", 2),) == report.warnings
        assert [1] == ids(platform)

    @KINDS
    @OPTIONS
    @pytest.mark.parametrize("lag", [None, 3])
    def test_included_rows_are_loaded_once(
        self, platform: Platform, kind: str, mode: dict[str, Any], lag: int | None
    ) -> None:
        rows = list(NULLS)
        for new in ([], [{"id": 3, "at": None}], [], [{"id": 4, "at": 6}]):
            rows += new
            load(platform, kind, with_nulls(kind, rows), **with_cursor(mode, on_null="include", lag=lag))
        assert [1, 2, 3, 4] == ids(platform)

    def test_a_row_without_a_value_is_not_taken_for_one_with_a_value(self, platform: Platform) -> None:
        rows: list[Row] = [{"id": 1, "at": 5}, {"id": 2, "at": None}]
        assert of_run(platform, rows, **with_cursor({}, on_null="include")).success
        rows = [{"id": 1, "at": None}, {"id": 2, "at": None}]
        assert of_run(platform, rows, **with_cursor({}, on_null="include")).success
        found = [(row["id"], row["at"]) for row in platform.rows("id", "at")]
        assert {(1, None), (1, 5), (2, None)} == set(found)
        assert 3 == len(found)

    def test_equal_rows_without_a_value_are_counted(self, platform: Platform) -> None:
        for rows in ([(1, None)] * 2, [(1, None)] * 3, [(1, None)] * 3):
            data = [{"id": id_, "at": at} for id_, at in [*rows, (9, 9)]]
            assert of_run(platform, data, **with_cursor({}, on_null="include")).success
        assert [1, 1, 1, 9] == ids(platform)

    def test_nan_is_an_error_whatever_becomes_of_nulls(self, platform: Platform) -> None:
        result = run(platform, "parquet", [{"at": float("nan")}], **with_cursor({}, on_null="exclude"))
        assert "the cursor at is nan in a row" in result.errors[0]


class TestOtherLoads:
    def test_replace_reads_all_rows_whatever_the_cursor_says(self, platform: Platform) -> None:
        for _ in range(2):
            made = pipeline(
                platform,
                "csv",
                numbered(1, 5, 9),
                write_mode="replace",
                **with_cursor({}, initial_value=4, end_value=6, lag=1),
            )
            report = platform.plugin.load(made)
            assert (CursorUnused("at", "replace"),) == report.warnings
        assert [1, 5, 9] == ats(platform)

    def test_a_cursor_of_the_run_has_no_options_of_another_column(self, platform: Platform) -> None:
        made = pipeline(platform, "csv", numbered(1, 5), **with_cursor({}, initial_value=4))
        assert 2 == platform.plugin.run(made, cursor_field="id").rows_loaded

    def test_the_short_form_and_a_name_are_the_same(self, platform: Platform) -> None:
        for config in ({"cursor": "at"}, {"cursor_field": "at"}, {"cursor": {"column": "at"}}):
            load(platform, "csv", numbered(1, 2), source_config=config)
        assert [1, 2] == ats(platform)
