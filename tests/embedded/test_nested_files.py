"""Lists in files of JSON as nested tables: with their root rows in one commit, once, and replaced with them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import dlt
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import DecimalType, LongType, NestedField

from floe_ingestion_dlt import LoadReport
from tests.platforms import TABLE, Platform

LINES = f"{TABLE}__lines"
TAGS = f"{LINES}__tags"
ORDERS = [
    {"id": 1, "to": {"town": "Oslo"}, "lines": [{"sku": "a", "tags": ["x", "y"]}, {"sku": "b"}]},
    {"id": 2, "to": {"town": "Łódź"}, "lines": []},
]


def load(platform: Platform, rows: Sequence[Any], file: str = "a.jsonl", **options: Any) -> LoadReport:
    (platform.data / file).parent.mkdir(exist_ok=True)
    is_document = file.endswith(".json")
    text = json.dumps(rows) if is_document else "\n".join(map(json.dumps, rows))
    (platform.data / file).write_text(text)
    return again(platform, "json" if is_document else "jsonl", **options)


def again(platform: Platform, kind: str = "jsonl", **options: Any) -> LoadReport:
    source = {"format": kind, "reader_options": {"nested": "tables"}, **options.pop("source", {})}
    return platform.plugin.load(platform.pipeline(source_config=source, **options))


def skus(platform: Platform) -> list[tuple[int, str]]:
    """The numbers of orders, with the lines that are joined to them."""
    found = {t: platform.catalog.load_table(t).scan().to_arrow().to_pylist() for t in (TABLE, LINES)}
    ids = {row["_dlt_id"]: row["id"] for row in found[TABLE]}
    return sorted((ids[line["_dlt_parent_id"]], line["sku"]) for line in found[LINES])


@pytest.mark.parametrize("file", ["a.jsonl", "a.json"])
def test_lists_become_nested_tables_and_objects_columns(platform: Platform, file: str) -> None:
    report = load(platform, ORDERS, file)
    assert (True, None) == (report.success, report.error)
    assert [{"id": 1, "to__town": "Oslo"}, {"id": 2, "to__town": "Łódź"}] == platform.rows()
    assert [(1, "a"), (1, "b")] == skus(platform)
    assert [{"value": "x"}, {"value": "y"}] == platform.rows("value", table=TAGS)


def test_all_tables_are_changed_in_one_load_or_none_is(platform: Platform) -> None:
    load(platform, ORDERS, schema_contract="freeze")
    refused = load(platform, [{"id": 3, "lines": [{"sku": "c", "price": 1}]}], schema_contract="freeze")
    assert "new column price (long)" in str(refused.error)
    assert [1, 2] == [row["id"] for row in platform.rows("id")]
    assert [(1, "a"), (1, "b")] == skus(platform)
    assert [1, 1] == [platform.snapshots(), platform.snapshots(LINES)]


def test_a_load_with_the_same_key_lands_once_in_every_table(platform: Platform) -> None:
    (platform.data / "a.jsonl").write_text("\n".join(map(json.dumps, ORDERS)))
    source = {"format": "jsonl", "reader_options": {"nested": "tables"}}
    for _ in range(2):
        report = platform.plugin.load(platform.pipeline(source_config=source), idempotency_key="run-1")
        assert report.success
    assert [(1, "a"), (1, "b")] == skus(platform)
    assert 2 == len(platform.rows())


def test_a_merge_replaces_the_nested_rows_of_its_root_rows(platform: Platform) -> None:
    options: dict[str, Any] = {"write_mode": "merge", "source": {"primary_key": ["id"]}}
    load(platform, [*ORDERS, {"id": 3, "lines": [{"sku": "d", "tags": ["z"]}]}], **options)
    load(platform, [{"id": 1, "lines": [{"sku": "c", "tags": ["w"]}]}], **options)
    assert [(1, "c"), (3, "d")] == skus(platform)
    assert [{"value": "w"}, {"value": "z"}] == platform.rows("value", table=TAGS)


def test_replace_empties_the_nested_tables_of_rows_without_lists(platform: Platform) -> None:
    load(platform, ORDERS, write_mode="replace")
    load(platform, [{"id": 3}], write_mode="replace")
    assert ([3], []) == ([row["id"] for row in platform.rows("id")], skus(platform))


def test_a_cursor_reads_new_rows_with_their_lists(platform: Platform) -> None:
    load(platform, ORDERS, source={"cursor_field": "id"})
    more = [*ORDERS, {"id": 2, "lines": [{"sku": "n"}]}, {"id": 3, "lines": [{"sku": "c"}]}]
    report = load(platform, more, source={"cursor_field": "id"})
    assert 2 == report.rows
    assert [(1, "a"), (1, "b"), (2, "n"), (3, "c")] == skus(platform)


def test_values_of_folders_and_the_provenance_are_columns_of_the_root_table(platform: Platform) -> None:
    load(platform, [{"id": 1, "dt": None}, {"id": 2}], "dt=2026-01-31/a.jsonl")
    both = {"provenance": ["file", "line"], "incremental": "all"}
    load(platform, [{"id": 1}, {"id": 2}], "dt=7/a.jsonl", source=both)
    there = platform.rows("id", "dt", "_floe_file", "_floe_line")
    first = {"dt": date(2026, 1, 31), "_floe_file": None, "_floe_line": None}
    assert [{"id": 1, **first}, {"id": 2, **first}] == [row for row in there if row["_floe_file"] is None]
    assert {"id": 2, "dt": date(2026, 1, 31), "_floe_file": "dt=2026-01-31/a.jsonl", "_floe_line": 2} in there
    load(platform, [{"id": 1, "_FLOE_line": 2}], source={"provenance": "line"})
    report = again(platform, source={"provenance": "line"})
    assert "a.jsonl has a column _floe_line of its own" in str(report.error)


def test_numbers_are_exact_in_a_column_of_decimals(platform: Platform) -> None:
    platform.catalog.create_namespace("bronze")
    kinds = (NestedField(1, "id", LongType()), NestedField(2, "m", DecimalType(10, 2)))
    platform.catalog.create_table(TABLE, Schema(*kinds))
    report = load(platform, [{"id": 1, "m": 1.1}, {"id": 2, "m": 0.07}])
    assert report.error is None
    assert [Decimal("1.10"), Decimal("0.07")] == [row["m"] for row in platform.rows("id", "m")]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('{"id": 2, "v": [NaN]}', "has NaN, which rows of nested tables cannot have"),
        ('{"id": 2, "v": -Infinity}', "has -Infinity, which"),
        ('{"id": 2, "v": {"w": 1e999}}', "has a number that is too large for double"),
        ('{"id": 2, "v": ["\\ud800"]}', "has a text with half of a character"),
        ('{"id": 2, "\\ud800": 1}', "has a key with half of a character"),
        ('{"id": 2, "v": {"w": 1, "w": 2}}', "has the key w twice"),
        ("[1]", "is not a JSON object"),
    ],
)
def test_what_rows_cannot_have_is_refused_with_its_line(platform: Platform, line: str, cause: str) -> None:
    (platform.data / "a.jsonl").write_text(f'{{"id": 1}}\n{line}')
    report = again(platform)
    assert not report.success
    assert "a.jsonl, line 2 " in str(report.error)
    assert cause in str(report.error)
    assert not platform.catalog.table_exists(TABLE)


def test_whole_numbers_of_more_than_64_bits_are_refused(platform: Platform) -> None:
    report = load(platform, [{"id": 1, "v": [2**63 - 1, -(2**63)]}, {"id": 2, "v": [2**63]}])
    assert "a.jsonl, line 2 has a whole number of more than 64 bits" in str(report.error)


def test_an_object_without_keys_is_a_row(platform: Platform) -> None:
    report = load(platform, [{"id": 1}, {}])
    assert (2, 2) == (report.rows, len(platform.catalog.load_table(TABLE).scan().to_arrow()))


def test_nulls_in_a_list_keep_their_place(platform: Platform) -> None:
    load(platform, [{"id": 1, "v": [1, None, 3]}])
    there = platform.catalog.load_table(f"{TABLE}__v").scan().to_arrow()
    values = dict(zip(there["_dlt_list_idx"].to_pylist(), there["value"].to_pylist(), strict=True))
    assert [1, None, 3] == [values.get(place) for place in range(3)]


def test_types_of_columns_are_set_in_columns(platform: Platform) -> None:
    source = {"columns": {"zip": "string"}}
    load(platform, [{"id": 1, "zip": 1234}], source=source)
    assert [{"id": 1, "zip": "1234"}] == platform.rows("id", "zip")
    options = {"nested": "tables", "column_types": {"zip": "string"}}
    with pytest.raises(Exception, match="with nested: tables, set the types in columns"):
        again(platform, source={"reader_options": options})


def test_such_a_load_is_not_cut_into_slices(platform: Platform) -> None:
    (platform.data / "a.jsonl").write_text(json.dumps(ORDERS[0]))
    source = {"format": "jsonl", "reader_options": {"nested": "tables"}}
    pipeline = platform.pipeline(source_config=source)
    with ThreadPoolExecutor(2) as executor:
        report = platform.plugin.load_in_slices(pipeline, n=2, executor=executor)
    assert "rows of nested tables follow those of their root table" in str(report.error)
    assert not platform.catalog.table_exists(TABLE)


def test_a_nested_table_of_a_file_belongs_to_its_root(platform: Platform) -> None:
    load(platform, ORDERS)
    taken = platform.plugin.load(
        platform.pipeline(LINES), source=dlt.resource([{"id": 1}], name="orders__lines")
    )
    assert f"{LINES}" in str(taken.error)
    assert [(1, "a"), (1, "b")] == skus(platform)
