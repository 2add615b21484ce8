"""Files whose values have no type: slices read them as a load at once does, or the load is refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from floe_ingestion_dlt import LoadReport
from tests.embedded.sliced import WithoutSlice, at_once, content, in_slices, snapshots, source, threads
from tests.platforms import Platform


def shops(platform: Platform, kind: str, texts: Sequence[str], **fields: Any) -> list[dict[str, Any]]:
    """Two sources over the same files, one file for each text."""
    for number, text in enumerate(texts):
        (platform.data / f"{number}.{kind}").write_text(text)
    where = {"path": str(platform.data), "format": kind} | fields.pop("source_config", {})
    return [
        {
            "name": name,
            "source_type": "filesystem",
            "source_config": where,
            "destination_table": f"bronze.{name}",
            "retry_config": {"max_retries": 0},
            **fields,
        }
        for name in ("shop", "whole")
    ]


def both(platform: Platform, sources: list[dict[str, Any]], n: int = 8) -> tuple[LoadReport, LoadReport]:
    plugin = platform.a_plugin(sources=sources)
    with threads() as workers:
        return in_slices(plugin, workers, n), at_once(plugin, "whole")


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


CSV = [
    ("id,x\n1,2.5\n", "id,x\n2,1\n"),
    ("id,x\n1,a\n", "id,x\n2,007\n"),
    ("id,x\n1,true\n", "id,x\n2,1\n"),
    ("id,x\n1,2020-01-01 10:00:00\n", "id,x\n2,2020-01-01\n"),
    ("id,x\n1,\n", "id,x\n2,5\n", "id,x\n3,6\n"),
    ("id\n1\n", "id,x\n2,5\n", "x,id\n6,3\n"),
    ("id,x\n", "id,x\n1,5\n", "", "id,x\n3,6\n"),
    ("id,x\n1,1\n", "id,x\n2,2.5\n"),
    ("id,x\n1,1\n", "id,x\n2,abc\n"),
    ("id,x\n1,2020-01-01\n", "id,x\n2,2020-01-01 10:00:00\n"),
    ("id,x\n1,1\n", "id,x\n2,99999999999999999999\n"),
    ("id,x\n1,\n", "id,x\n2,5\n", "id,x\n3,5.5\n"),
    ("id,x\n1,\n", "id,x\n2,a\n", "id,x\n3,5\n"),
]
JSON_LINES = [
    (lines({"id": 1, "x": 2.5}), lines({"id": 2, "x": 1})),
    (lines({"id": 1, "x": {"a": 1}}), lines({"id": 2, "x": [{"b": 2}], "y": {"c": 3}})),
    (lines({"id": 1, "x": None}), lines({"id": 2, "x": 5}), lines({"id": 3})),
]
JSON_THAT_DOES_NOT_FIT = [
    (lines({"id": 1, "x": 1}), lines({"id": 2, "x": 1.5})),
    (lines({"id": 1, "x": {"a": 1}}), lines({"id": 2, "x": 5})),
    (lines({"id": 1, "x": True}), lines({"id": 2, "x": 1})),
]


@pytest.mark.parametrize(
    ("kind", "texts"), [*(("csv", texts) for texts in CSV), *(("jsonl", texts) for texts in JSON_LINES)]
)
def test_values_are_read_in_the_types_of_a_load_at_once(
    platform: Platform, kind: str, texts: tuple[str, ...]
) -> None:
    """In those of the first value, even if a slice has only values that would be read in another type."""
    sliced, whole = both(platform, shops(platform, kind, texts))
    assert (None, None, whole.rows) == (sliced.error, whole.error, sliced.rows)
    assert content(platform, "whole") == content(platform)


@pytest.mark.parametrize("texts", JSON_THAT_DOES_NOT_FIT)
def test_json_values_that_do_not_fit_into_the_first_ones_types_are_refused_in_slices(
    platform: Platform, texts: tuple[str, ...]
) -> None:
    """No row is shown, and no column of another type is added. A load at once knows all files before it decides on a type."""
    sliced, whole = both(platform, shops(platform, "jsonl", texts))
    assert whole.error is None
    assert sliced.error is not None
    assert (0, 0) == (sliced.rows, snapshots(platform))
    assert {"id", "x"} >= set(platform.catalog.load_table("bronze.shop").schema().column_names)


def test_slices_that_do_not_agree_are_refused(platform: Platform) -> None:
    """A load at once reads them in columns of their own, which no slice knows; the next run begins anew."""
    sources = shops(
        platform, "jsonl", (lines({"id": 1}), lines({"id": 2, "x": "a"}), lines({"id": 3, "x": 5}))
    )
    plugin = platform.a_plugin(sources=sources)
    with threads() as workers:
        report = in_slices(plugin, workers)
        assert "[CONFIGURATION] NotSliceable: cannot be sliced: the values of x have no type" in str(
            report.error
        )
        assert "in one slice they are int64, in another string" in str(report.error)
        assert (0, {"id"}) == (snapshots(platform), platform.columns("bronze.shop"))
        named = {"reader_options": {"column_types": {"x": "string"}}}
        plugin = platform.a_plugin(sources=shops(platform, "jsonl", (), source_config=named))
        reports = in_slices(plugin, workers), at_once(plugin, "whole")
    assert [None, None] == [each.error for each in reports]
    assert content(platform, "whole") == content(platform)


def test_a_later_run_reads_the_rest_in_the_same_types(platform: Platform) -> None:
    """Also when the table has got the columns of the first run's slices meanwhile."""
    texts = (lines({"id": 1, "x": "a"}), lines({"id": 2, "x": "b"}), lines({"id": 3, "x": 7}))
    plugin = platform.a_plugin(sources=shops(platform, "jsonl", texts))
    with WithoutSlice(3) as lost:
        assert "WorkerLost" in str(in_slices(plugin, lost).error)
    with threads() as workers:
        report = in_slices(plugin, workers)
    assert "column x: it is string but has integers" in str(report.error)
    assert (0, 0) == (report.rows, snapshots(platform))


def test_the_types_of_the_table_before_the_load_count(platform: Platform) -> None:
    """A load at once reads whole numbers as floats if the table has floats, whichever file they are in."""
    sources = shops(platform, "jsonl", (lines({"id": 1, "x": 1.5}),))
    assert [None, None] == [report.error for report in both(platform, sources)]
    sources = shops(platform, "jsonl", (lines({"id": 1}), lines({"id": 2, "x": 7}), lines({"id": 3, "x": 8})))
    assert [None, None] == [report.error for report in both(platform, sources)]
    assert content(platform, "whole") == content(platform)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ([1] * 1_500 + [2.5] * 1_500, None),
        ([None] * 1_500 + [7] * 1_500, None),
        ([1] * 1_500 + ["a"] * 1_500, "it has integers and texts"),
    ],
    ids=["numbers", "null-first", "texts"],
)
def test_a_column_of_a_database_without_a_type(
    platform: Platform, values: list[object], error: str | None
) -> None:
    """It is read in the type of the first batch of a load at once, which has more rows than the sample of other tables."""
    shop = source(platform, "sqlite")
    with closing(sqlite3.connect(platform.folder / "shop.db")) as connection, connection:
        connection.execute("create table notes (id integer primary key, note)")
        connection.executemany("insert into notes values (?, ?)", enumerate(values))
    shop["source_config"]["table"] = "notes"
    sliced, whole = both(platform, [shop, shop | {"name": "whole", "destination_table": "bronze.whole"}], 4)
    assert [error is None] * 2 == [report.error is None for report in (sliced, whole)]
    if error is None:
        assert content(platform, "whole") == content(platform)
    else:
        assert error in str(sliced.error)


def test_columns_are_changed_in_slices_as_at_once(platform: Platform) -> None:
    texts = ("Id,zip,mail,x\n1,01,a@b.c,1\n", "Id,zip,mail,x\n2,7,d@e.f,2\n")
    settings = {
        "columns": {"zip": "string", "x": "drop", "Id": {"name": "OrderId"}},
        "mask": {"mail": "hash"},
        "mask_secret": "twelve words that nobody else knows",
        "column_names": "as_is",
    }
    sliced, whole = both(platform, shops(platform, "csv", texts, source_config=settings), n=2)
    assert sliced.fault is whole.fault is None
    assert platform.rows(table="bronze.shop") == platform.rows(table="bronze.whole")
    assert {"OrderId", "zip", "mail"} == platform.columns("bronze.shop")
    assert ["01", "7"] == [row["zip"] for row in platform.rows("OrderId", "zip", table="bronze.shop")]
