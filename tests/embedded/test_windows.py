"""A window replaces its rows and no others, in any order and again, whatever the column's type."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import dlt
import pytest
from floe_core.plugins.ingestion import IngestionConfig

from floe_ingestion_dlt import Window
from floe_ingestion_dlt.domain.load_report import LoadReport
from tests.platforms import TABLE, Platform, Row

NAIVE: Final = datetime(2026, 3, 1)  # noqa: DTZ001 - it has no zone
ZONED: Final = NAIVE.replace(tzinfo=UTC)
DAY: Final = timedelta(days=1)
TAGS: Final = f"{TABLE}__tags"


def load(
    platform: Platform, window: Window | None, rows: list[Row] | None = None, **options: Any
) -> LoadReport:
    """Load a window of the folder's files, or of *rows* in their place."""
    source = None if rows is None else dlt.resource(list(rows), name="orders")
    pipeline = platform.pipeline(
        **{k: options.pop(k) for k in ("source_config", "write_mode") if k in options}
    )
    return platform.plugin.load(pipeline, source=source, window=window, **options)


def loaded(platform: Platform, window: Window | None, rows: list[Row] | None = None, **options: Any) -> int:
    report = load(platform, window, rows, **options)
    assert report.success, report.error
    return report.rows


def names(platform: Platform, table: str = TABLE) -> list[str]:
    return sorted(row["name"] for row in platform.rows(table=table))


@pytest.mark.parametrize(
    ("start", "end", "values"),
    [
        (date(2026, 3, 1), date(2026, 3, 2), [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]),
        (NAIVE, NAIVE + DAY, [NAIVE - timedelta(microseconds=1), NAIVE, NAIVE + DAY]),
        (ZONED, ZONED + DAY, [ZONED - timedelta(microseconds=1), ZONED, ZONED + DAY]),
        (date(2026, 3, 1), date(2026, 3, 2), [ZONED - timedelta(microseconds=1), ZONED, ZONED + DAY]),
        ("2026-03-01", "2026-03-02", ["2026-02-28T23:59:59Z", "2026-03-02T00:30:00+02:00", "2026-03-02T00:00:00Z"]),
        (Decimal("1.5"), Decimal("2.5"), [Decimal("1.49"), Decimal("1.50"), Decimal("2.50")]),
        (1, 2, [Decimal("0.99"), Decimal("1.99"), Decimal("2.00")]),
        (10, 20, [9, 10, 20]),
        ("b", "c", ["az", "b", "c"]),
        ("Ö", "ö", ["O", "Ö", "ö"]),
    ],
    ids=["date", "naive", "aware", "date and aware", "text and aware", "decimal", "int and decimal", "int", "text", "umlaut"],
)  # fmt: skip
def test_rows_on_the_start_are_in_the_window_and_rows_on_the_end_are_not(
    platform: Platform, start: Any, end: Any, values: list[Any]
) -> None:
    rows = [{"at": at, "name": name} for at, name in zip(values, ["before", "in", "end"], strict=True)]
    loaded(platform, None, [*rows, {"at": None, "name": "null"}])
    news = [{"at": row["at"], "name": f"new {row['name']}"} for row in rows]
    for _ in range(2):
        assert 1 == loaded(platform, Window("at", start, end), [*news, {"at": None, "name": "new null"}])
        assert ["before", "end", "new in", "null"] == names(platform)


@pytest.mark.parametrize("write_mode", ["append", "replace"])
def test_windows_in_any_order_while_rows_arrive_are_one_load(platform: Platform, write_mode: str) -> None:
    rows: list[Row] = [{"at": n, "name": f"{n}"} for n in range(50)]
    for number in (3, 0, 5, 1, 3, 4, 2, 0, 5):
        rows.append({"at": len(rows), "name": f"{len(rows)}"})
        loaded(platform, Window("at", number * 10, number * 10 + 10), rows, write_mode=write_mode)
    assert sorted(row["name"] for row in rows) == names(platform)


def test_files_are_read_by_windows(platform: Platform) -> None:
    platform.csv("a.csv", "day,name\n2026-03-01,a\n2026-03-02,b\n,null\n")
    window = Window("day", date(2026, 3, 2), date(2026, 3, 3))
    assert 1 == loaded(platform, window)
    platform.csv("b.csv", "day,name\n2026-03-02,c\n2026-03-03,d\n")
    assert 2 == loaded(platform, window)
    assert ["b", "c"] == names(platform)


@pytest.mark.parametrize("query", [None, "SELECT * FROM orders"])
@pytest.mark.parametrize("written", ["2026-03-01 00:00:00", "2026-03-01 00:00:00.000000"])
def test_a_database_is_read_by_windows(platform: Platform, query: str | None, written: str) -> None:
    database = sqlite3.connect(platform.folder / "shop.db")
    database.execute("CREATE TABLE orders (at TIMESTAMP, name TEXT)")
    rows = [
        ("2026-02-28 23:59:59", "before"),
        (written, "in"),
        ("2026-03-02 00:00:00", "end"),
        (None, "null"),
    ]
    database.executemany("INSERT INTO orders VALUES (?, ?)", rows)
    database.commit()
    of = {"query": query} if query else {"table": "orders"}
    source = {"connection_string": f"sqlite:///{platform.folder}/shop.db", **of}
    pipeline = platform.plugin.create_pipeline(IngestionConfig("sql_database", source, TABLE))
    window = (
        Window("at", "2026-03-01", "2026-03-02")
        if query
        else Window("at", date(2026, 3, 1), date(2026, 3, 2))
    )
    for _ in range(2):
        report = platform.plugin.load(pipeline, window=window)
        assert (None, 1) == (report.error, report.rows)
    assert ["in"] == names(platform)


def test_a_window_that_is_empty_in_the_source_is_empty_in_the_table(platform: Platform) -> None:
    rows: list[Row] = [{"at": n, "name": f"{n}", "tags": [{"name": f"t{n}"}]} for n in range(4)]
    loaded(platform, None, rows)
    assert 0 == loaded(platform, Window("at", 1, 3), [])
    assert 0 == loaded(platform, Window("at", 0, 1), [row for row in rows if row["at"] > 1])
    assert (["3"], ["t3"]) == (names(platform), names(platform, TAGS))


def test_a_window_is_emptied_by_a_fresh_host_without_dlts_own_tables(platform: Platform) -> None:
    loaded(platform, None, [{"at": n, "name": f"{n}"} for n in range(4)])
    platform.forget_local_state()
    platform.forget_dlt_tables()
    assert 0 == loaded(platform, Window("at", 1, 3), [])
    assert ["0", "3"] == names(platform)


def test_nested_rows_follow_the_rows_of_the_window(platform: Platform) -> None:
    rows = [{"at": n, "name": f"{n}", "tags": [{"name": f"t{n}"}] * 2} for n in (1, 2, 3, None)]
    loaded(platform, None, rows)
    for letter in "ab":
        news = [{"at": n, "name": f"{letter}{n}", "tags": [{"name": f"{letter}{n}"}]} for n in (1, 2, 3)]
        assert 2 == loaded(platform, Window("at", 2, 4), news)
    assert ["1", "None", "b2", "b3"] == names(platform)
    assert ["b2", "b3", "t1", "t1", "tNone", "tNone"] == names(platform, TAGS)


def test_a_merge_reads_the_window_and_matches_by_key(platform: Platform) -> None:
    how: Row = {"write_mode": "merge", "source_config": {"primary_key": "id"}}
    loaded(platform, None, [{"id": 1, "at": 1, "name": "a"}, {"id": 2, "at": 2, "name": "b"}], **how)
    rows = [{"id": 2, "at": 9, "name": "outside"}, {"id": 3, "at": 1, "name": "c"}]
    assert 1 == loaded(platform, Window("at", 0, 3), rows, **how)
    assert ["a", "b", "c"] == names(platform)


def test_a_window_does_not_move_the_cursor(platform: Platform) -> None:
    by_cursor: Row = {"source_config": {"cursor_field": "at"}}
    platform.csv("a.csv", "at,name\n1,a\n2,b\n5,e\n")
    loaded(platform, None, **by_cursor)
    platform.csv("b.csv", "at,name\n3,c\n7,g\n")
    report = load(platform, Window("at", 1, 4), **by_cursor)
    assert report.before is not None
    assert report.after is not None
    assert (3, 5) == (report.rows, report.before.cursor and report.before.cursor.value)
    assert report.before.cursor == report.after.cursor
    assert 1 == loaded(platform, None, **by_cursor)
    assert list("abceg") == names(platform)


def test_the_same_key_and_window_land_once(platform: Platform) -> None:
    for name in "ab":
        loaded(platform, Window("at", 0, 9), [{"at": 1, "name": name}], idempotency_key="march")
    assert (["a"], 1) == (names(platform), platform.snapshots())


def test_two_windows_with_one_key_are_two_loads(platform: Platform) -> None:
    for day in (1, 2):
        loaded(platform, Window("at", day, day + 1), [{"at": day, "name": f"{day}"}], idempotency_key="march")
    assert ["1", "2"] == names(platform)


def test_an_empty_window_of_a_table_that_is_not_there_makes_none(platform: Platform) -> None:
    report = load(platform, Window("at", 1, 3), [])
    assert (None, 0, None) == (report.error, report.rows, report.after)
    assert 1 == loaded(platform, Window("at", 1, 3), [{"at": 1, "name": "a"}, {"at": 3, "name": "b"}])


def test_a_window_is_emptied_of_rows_that_another_resource_loaded(platform: Platform) -> None:
    pipeline, rows = platform.pipeline(), [{"at": n, "name": f"{n}"} for n in range(4)]
    platform.plugin.run(pipeline, source=dlt.resource(rows, name="anything"))
    assert 0 == loaded(platform, Window("at", 1, 3), [])
    assert ["0", "3"] == names(platform)


def test_a_column_that_no_row_of_a_new_table_has_is_refused(platform: Platform) -> None:
    report = load(platform, Window("att", 1, 3), [{"at": 1, "name": "a"}])
    assert report.error is not None
    assert "window.column: 'att' cannot be used" in report.error
    assert "one of the table's columns: at, name" in report.error
