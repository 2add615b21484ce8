"""The file and the line from which each row is, for each format."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import fastavro
import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from floe_ingestion_dlt.adapters.sources.filesystem import csv_files
from tests.unit.adapters.file_plans import failure_of, plan_of, rows_of, tables_of
from tests.workbooks import xlsx

BOTH = ["file", "line"]


def origins(path: Path | str, kind: str = "csv", **config: Any) -> list[tuple[Any, Any, Any]]:
    rows = rows_of(plan_of(path, kind, provenance=BOTH, **config))
    return [(row["id"], row["_floe_file"], row["_floe_line"]) for row in rows]


def write(path: Path, kind: str, ids: list[int]) -> None:
    rows = [{"id": n} for n in ids]
    match kind:
        case "csv":
            path.write_text("id\n" + "".join(f"{n}\n" for n in ids))
        case "jsonl":
            path.write_text("\n" + "".join(f"{json.dumps(row)}\n" for row in rows))
        case "json":
            path.write_text(json.dumps(rows))
        case "parquet":
            pq.write_table(pa.table({"id": ids}), path, row_group_size=2)
        case "excel":
            xlsx(path, [["id"], *[[n] for n in ids]])
        case _:
            schema = {"type": "record", "name": "R", "fields": [{"name": "id", "type": "long"}]}
            with path.open("wb") as file:
                fastavro.writer(file, schema, rows)


# Lines of text and rows of sheets are those that people see; objects and records are counted.
@pytest.mark.parametrize(
    ("kind", "before"), [("csv", 1), ("jsonl", 1), ("json", 0), ("parquet", 0), ("excel", 1), ("avro", 0)]
)
def test_each_row_has_its_file_and_line(tmp_path: Path, kind: str, before: int) -> None:
    (tmp_path / "b").mkdir()
    ending = "xlsx" if kind == "excel" else kind
    write(tmp_path / f"a.{ending}", kind, [7, 8, 9])
    write(tmp_path / "b" / f"c.{ending}", kind, [5])
    first = [(7 + n, f"a.{ending}", before + n + 1) for n in range(3)]
    assert [*first, (5, f"b/c.{ending}", before + 1)] == origins(tmp_path, kind)


def test_lines_are_those_in_which_rows_of_csv_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
    body = "".join(f'{n},"a\n\nb"\n\n# no row\n' for n in range(50))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"title\nid,t\n{body}x,\nTotal,\n".encode()))
    options = {"skip_rows": 1, "comment": "#", "skip_footer": 1, "column_types": {"id": "string"}}
    found = origins(tmp_path, reader_options=options)
    assert [*[(str(n), 3 + 5 * n) for n in range(50)], ("x", 253)] == [(n, line) for n, _, line in found]


def test_rows_that_are_read_again_as_texts_keep_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_files.CsvReader, "_block_bytes", lambda _: 64)
    (tmp_path / "a.csv").write_text("id,n\n" + "1,2\n" * 50 + "1,x\n")
    assert [*range(2, 53)] == [line for *_, line in origins(tmp_path)]


def test_one_column_has_empty_lines_as_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n1\n\n2\n")
    assert [(1, "a.csv", 2), (None, "a.csv", 3), (2, "a.csv", 4)] == origins(tmp_path)


def test_a_path_that_is_a_file_has_its_name(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "csv", [1])
    assert [(1, f"{tmp_path}/a.csv", 2)] == origins(tmp_path / "a.csv")


def test_files_of_a_bucket_have_their_paths_below_it() -> None:
    bucket = f"memory://{uuid4().hex}"
    with fsspec.open(f"{bucket}/dt=2026-01-01/a.csv", "wt") as file:
        file.write("id\n1\n")
    assert [(1, "dt=2026-01-01/a.csv", 2)] == origins(bucket)


@pytest.mark.parametrize("wanted", ["file", "line"])
def test_one_of_them_may_be_asked_for(tmp_path: Path, wanted: str) -> None:
    write(tmp_path / "a.csv", "csv", [1])
    (row,) = rows_of(plan_of(tmp_path, provenance=wanted))
    assert ["id", f"_floe_{wanted}"] == [*row]


def test_without_the_option_there_is_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "csv", [1])
    assert [{"id": 1}] == rows_of(plan_of(tmp_path))


def test_a_header_alone_has_the_columns_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id\n")
    (table,) = tables_of(plan_of(tmp_path, provenance=BOTH))
    assert {"id": pa.string(), "_floe_line": pa.int64(), "_floe_file": pa.string()} == dict(
        zip(table.column_names, table.schema.types, strict=True)
    )


@pytest.mark.parametrize("name", ["_floe_file", "_Floe_Line"])
def test_a_file_that_has_such_a_column_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_text(f"id,{name}\n1,2\n")
    assert (
        f"a.csv has a column {name.lower()} of its own"
        in failure_of(plan_of(tmp_path, provenance=BOTH)).cause
    )
