"""Workbooks in tables: values of later files fit into the table's columns, or go the way of the contract."""

from __future__ import annotations

from typing import Any

from tests.platforms import TABLE, Platform
from tests.workbooks import Cells, xlsx


def load(platform: Platform, *rows: Cells, **options: Any) -> dict[str, str]:
    for number, cells in enumerate(rows):
        xlsx(platform.data / f"{number}.xlsx", cells)
    result = platform.load(source_config={"format": "excel"}, **options)
    assert result.success, result.errors
    fields = platform.catalog.load_table(TABLE).schema().fields
    return {field.name: str(field.field_type) for field in fields}


def test_files_of_a_load_share_their_types(platform: Platform) -> None:
    kinds = load(platform, [["id", "v"], [1, 2]], [["id", "v"], [2, 2.5]])
    assert {"id": "long", "v": "double"} == kinds
    assert [2.0, 2.5] == [row["v"] for row in platform.rows("id", "v")]


def test_a_later_text_goes_beside_the_numbers(platform: Platform) -> None:
    load(platform, [["id", "v"], [1, 2]])
    kinds = load(platform, [["id", "v"], [2, "n/a"], [3, 4]], write_mode="replace")
    assert {"id": "long", "v": "long", "v__v_text": "string"} == kinds
    assert [None, 4] == [row["v"] for row in platform.rows("id", "v")]


def test_a_header_alone_makes_the_table(platform: Platform) -> None:
    assert {"id": "string", "name": "string"} == load(platform, [["id", "name"]])
