"""Columns keep names in any script, wherever a name is used; names that Iceberg keeps for itself are changed."""

from __future__ import annotations

from tests.embedded.rows_of_each_kind import KINDS, load
from tests.platforms import Platform

ROWS = [{"ключ": 1, "名前": "田中", "Größe": 5}, {"ключ": 2, "名前": "é", "Größe": 7}]
EXPECTED = [{"ключ": 1, "名前": "田中", "größe": 5}, {"ключ": 2, "名前": "é", "größe": 7}]


@KINDS
def test_names_are_kept(platform: Platform, kind: str) -> None:
    load(platform, kind, ROWS)
    assert EXPECTED == platform.rows("ключ", "名前", "größe")
    assert {"ключ", "名前", "größe"} == platform.columns()


@KINDS
def test_they_can_be_merge_keys_and_cursors(platform: Platform, kind: str) -> None:
    merge = {"write_mode": "merge", "source_config": {"primary_key": ["ключ"], "cursor_field": "Größe"}}
    load(platform, kind, ROWS, **merge)
    load(platform, kind, [{"ключ": 1, "名前": "x", "Größe": 9}], **merge)
    assert [("x", 9), ("é", 7)] == [
        (row["名前"], row["größe"]) for row in platform.rows("ключ", "名前", "größe")
    ]


@KINDS
def test_names_that_iceberg_keeps_for_itself_are_changed(platform: Platform, kind: str) -> None:
    rows = [{"id": 1, "_file": "a", "_deleted": 0}, {"id": 2, "_file": "b", "_deleted": 0}]
    merge = {"write_mode": "merge", "source_config": {"primary_key": ["id"]}}
    load(platform, kind, rows, **merge)
    assert {"id", "source_file", "source_deleted"} == platform.columns()
    assert ["a", "b"] == [row["source_file"] for row in platform.rows("id", "source_file")]
