"""Columns of files whose names become one name in the table are refused, with both names as they are written."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.platforms import TABLE, Platform


def refusal(platform: Platform, kind: str) -> str:
    given = {"path": str(platform.data), "format": kind}
    result = platform.plugin.run(platform.pipeline(TABLE, source_config=given))
    assert not result.success
    return " ".join(map(str, result.errors))


def write(folder: Path, kind: str, names: tuple[str, str]) -> None:
    path = folder / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table({name: [1] for name in names}), path)
    elif kind == "csv":
        path.write_text(",".join(names) + "\n1,2\n")
    else:
        path.write_text(f'{{"{names[0]}": 1, "{names[1]}": 2}}\n')


@pytest.mark.parametrize(
    ("names", "column"),
    [(("Id", "ID"), "id"), (("a b", "a.b"), "a_b"), (("na%me", "na!me"), "na_me"), (("!", "?"), "x")],
)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_both_are_named(platform: Platform, kind: str, names: tuple[str, str], column: str) -> None:
    write(platform.data, kind, names)
    said = refusal(platform, kind)
    assert f"the columns '{names[0]}', '{names[1]}', which all become the column {column}" in said
    assert "reader_options.column_names" in said


def test_folders_are_columns_too(platform: Platform) -> None:
    path = platform.data / "Dt=1" / "dt=2" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("id\n1\n")
    assert "the columns 'Dt', 'dt', which all become the column dt" in refusal(platform, "csv")


def test_names_in_other_files_or_with_two_underscores_do_not_collide(platform: Platform) -> None:
    (platform.data / "a.csv").write_text("Id,a.b,a__b\n1,2,3\n")
    (platform.data / "b.csv").write_text("ID,a.b,a__b\n4,5,6\n")
    given = {"path": str(platform.data), "format": "csv"}
    result = platform.plugin.run(platform.pipeline(TABLE, source_config=given))
    assert result.success, result.errors
    assert [(1, 2, 3), (4, 5, 6)] == [tuple(row.values()) for row in platform.rows("id", "a_b", "a__b")]


def test_a_key_without_a_name_is_named_as_such(platform: Platform) -> None:
    (platform.data / "a.jsonl").write_text('{"": 1, "id": 2}\n')
    assert "the source has a column without a name, ''" in refusal(platform, "jsonl")
