"""Objects and lists of JSON as structs and lists: fields grow over lines, files and loads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.platforms import TABLE, Platform


def load(platform: Platform, *files: list[Any], nested: str = "struct", **options: Any) -> dict[str, str]:
    for number, values in enumerate(files):
        lines = [json.dumps({"id": n, "v": value}) for n, value in enumerate(values, 10 * number)]
        (platform.data / f"{number}.jsonl").write_text("\n".join(lines))
    source = {"format": "jsonl", "reader_options": {"nested": nested}}
    result = platform.load(source_config=source, **options)
    assert result.success, result.errors
    return kinds(platform)


def kinds(platform: Platform) -> dict[str, str]:
    arrow = platform.catalog.load_table(TABLE).scan().to_arrow().schema
    return {field.name: str(field.type).replace("large_", "") for field in arrow if field.name != "id"}


def values(platform: Platform, column: str = "v") -> list[Any]:
    return [row[column] for row in platform.rows("id", column)]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_fields_grow_over_lines_and_files(platform: Platform, is_reversed: bool) -> None:  # noqa: FBT001
    files: list[list[Any]] = [[{"a": 1}, {"a": 1.5, "b": ["x"]}], [{"a": 2.5, "c": {"d": True}}]]
    found = load(platform, *(files[::-1] if is_reversed else files))
    assert {"v"} == found.keys()
    parts = ["a: double", "b: list<element: string>", "c: struct<d: bool>"]
    assert all(part in found["v"] for part in parts), found
    assert 1 == sum(value == {"a": 1.0, "b": None, "c": None} for value in values(platform))


def test_fields_grow_over_loads(platform: Platform) -> None:
    load(platform, [{"a": 1}])
    found = load(platform, [{"a": 2, "b": "x"}])
    assert {"v": "struct<a: int64, b: string>"} == found
    assert [{"a": 1, "b": None}, {"a": 2, "b": "x"}] == sorted(values(platform), key=lambda value: value["a"])


def test_what_does_not_fit_goes_beside_the_column(platform: Platform) -> None:
    found = load(platform, [{"a": 1}, {"a": "x"}, "text", None, {}, []])
    assert "struct<a: int64>" == found["v"]
    assert 2 <= len(found)
    rows = platform.rows()
    there = [[name for name in row if name != "id" and row[name] is not None] for row in rows]
    assert [1, 1, 1, 0, 1, 0] == [len(names) for names in there]


def test_lists_whose_items_have_nothing_in_common_are_json(platform: Platform) -> None:
    assert {"v": "string"} == load(platform, [[1, "x"], [{"a": 1}, {"a": "x"}]])
    assert ['[1, "x"]', '[{"a": 1}, {"a": "x"}]'] == values(platform)


def test_empty_ones_wait_for_a_value(platform: Platform) -> None:
    assert {} == load(platform, [[], {}, {"a": None}])
    assert {"v": "list<element: int64>"} == load(platform, [[], [1, None]], write_mode="replace")
    assert [[], [1, None]] == values(platform)


def test_fields_without_a_value_are_left_out(platform: Platform) -> None:
    values_there = [{"a": 1, "b": None, "c": [], "d": {"e": None}}, {"a": None, "b": [{}]}]
    assert {"v": "struct<a: int64>"} == load(platform, values_there)
    assert [{"a": 1}, {"a": None}] == values(platform)


def test_a_column_of_texts_takes_them_as_json(platform: Platform) -> None:
    load(platform, [{"a": 1}], nested="json")
    assert {"v": "string"} == load(platform, [{"a": 1}], write_mode="replace")
    assert ['{"a": 1}'] == values(platform)


def test_other_columns_are_as_ever(platform: Platform) -> None:
    assert {"v": "double"} == load(platform, [1, 2.5])
