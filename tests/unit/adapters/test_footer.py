from __future__ import annotations

import io
import json
import os
import random
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from returns.pipeline import is_successful
from returns.result import Success

from floe_ingestion_dlt.adapters.iceberg.files import footer, thrift
from floe_ingestion_dlt.adapters.iceberg.files.footer import FooterUnreadable, copy_with_field_ids
from tests.unit.adapters.parquet_samples import (
    SAMPLE,
    WRITINGS,
    NodePath,
    attempt,
    bare_file,
    footer_start,
    framed,
    ids_for,
    ids_in,
    nodes,
    tables,
    written,
)

# A table takes long to make and little to shrink, and a machine that is busy makes it longer.
TABLES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("footer")


def stamped(source: Path, ids: Mapping[NodePath, int]) -> Path:
    target = source.with_suffix(".stamped")
    with target.open("wb") as sink:
        assert is_successful(copy_with_field_ids(source, sink, ids))
    return target


class TestStampedFile:
    @TABLES
    @given(tables(), WRITINGS)
    def test_reads_back_as_its_source_does(
        self, folder: Path, table: pa.Table, writing: dict[str, Any]
    ) -> None:
        source = folder / "source.parquet"
        pq.write_table(table, source, **writing)
        copy = stamped(source, ids_for(table.schema))
        # The types that Arrow notes in a file, such as large ones, are not in the copy.
        plain = folder / "plain.parquet"
        pq.write_table(table, plain, **(writing | {"store_schema": False}))
        expected, read = pq.read_table(plain), pq.read_table(copy)
        assert expected.schema.equals(read.schema)
        assert expected.equals(read)
        assert pq.ParquetFile(source).metadata.num_row_groups == pq.ParquetFile(copy).metadata.num_row_groups

    @TABLES
    @given(tables(), WRITINGS)
    def test_has_the_ids_of_all_its_nodes(
        self, folder: Path, table: pa.Table, writing: dict[str, Any]
    ) -> None:
        source, ids = folder / "source.parquet", ids_for(table.schema)
        pq.write_table(table, source, **writing)
        copy = stamped(source, ids)
        assert ids == ids_in(pq.ParquetFile(copy).schema_arrow)

    @TABLES
    @given(tables())
    def test_shows_duckdb_the_schema_of_its_source_and_the_ids(self, folder: Path, table: pa.Table) -> None:
        source, ids = folder / "source.parquet", ids_for(table.schema)
        pq.write_table(table, source)
        copy = stamped(source, ids)
        expected = duckdb_schema(source)
        for row, (path, _) in zip(expected[1:], nodes(table.schema), strict=True):
            row["field_id"] = ids.get(path)
        assert expected == duckdb_schema(copy)

    @TABLES
    @given(tables())
    def test_has_the_size_that_is_told(self, folder: Path, table: pa.Table) -> None:
        source = folder / "source.parquet"
        pq.write_table(table, source)
        answer, written = attempt(source, ids_for(table.schema))
        assert Success(len(written)) == answer

    def test_keeps_its_data_byte_by_byte(self, folder: Path) -> None:
        source = written(folder, SAMPLE)
        _, copy = attempt(source, ids_for(SAMPLE.schema))
        start = footer_start(source.read_bytes())
        assert source.read_bytes()[:start] == copy[:start]

    def test_keeps_statistics_and_leaves_out_what_its_writer_noted(self, folder: Path) -> None:
        source = written(folder, SAMPLE.replace_schema_metadata({"mine": "yes"}))
        copy = stamped(source, ids_for(SAMPLE.schema))
        before, after = pq.read_metadata(source), pq.read_metadata(copy)
        assert after.metadata is None
        assert (before.created_by, before.num_rows) == (after.created_by, after.num_rows)
        assert before.row_group(0).to_dict() == after.row_group(0).to_dict()

    def test_has_new_ids_in_the_place_of_those_that_its_source_had(self, folder: Path) -> None:
        old = pa.schema(
            [
                pa.field("a", pa.int64(), metadata={"PARQUET:field_id": "7"}),
                pa.field("b", pa.list_(pa.field("element", pa.int64(), metadata={"PARQUET:field_id": "1"}))),
            ]
        )
        source = written(folder, pa.Table.from_pydict({"a": [1], "b": [[1]]}, schema=old))
        ids = {("a",): 1, ("b",): 2, ("b", "list", "element"): 3}
        copy = stamped(source, ids)
        assert ids == ids_in(pq.read_schema(copy))

    def test_loses_ids_of_nodes_that_get_none(self, folder: Path) -> None:
        inner = pa.struct([pa.field("x", pa.int64())])
        old = pa.schema([pa.field("s", inner, metadata={"PARQUET:field_id": "7"})])
        source = written(folder, pa.Table.from_pydict({"s": [{"x": 1}]}, schema=old))
        copy = stamped(source, {("s", "x"): 7})
        assert {"s": None, "x": 7} == {row["name"]: row["field_id"] for row in duckdb_schema(copy)[1:]}

    def test_keeps_bloom_filters(self, folder: Path) -> None:
        source = folder / "bloom.parquet"
        pq.write_table(SAMPLE, source, bloom_filter_options={"id": {"ndv": 100, "fpp": 0.01}})
        copy = stamped(source, ids_for(SAMPLE.schema))
        assert 1 == excluded_row_groups(copy, "id", 77)
        assert 0 == excluded_row_groups(copy, "id", 1)

    @pytest.mark.parametrize("columns", [14, 15, 16, 300])
    def test_may_have_many_columns_and_row_groups(self, folder: Path, columns: int) -> None:
        table = pa.table({f"column {number}": list(range(5)) for number in range(columns)})
        source, ids = folder / "wide.parquet", ids_for(table.schema)
        pq.write_table(table, source, row_group_size=1)
        copy = stamped(source, ids)
        assert ids == ids_in(pq.read_schema(copy))
        assert table.equals(pq.read_table(copy))

    @given(st.integers(0, 2**31 - 1))
    def test_may_have_any_id(self, folder: Path, number: int) -> None:
        source = written(folder, pa.table({"a": [1]}))
        copy = stamped(source, {("a",): number})
        assert {("a",): number} == ids_in(pq.read_schema(copy))

    def test_keeps_fields_of_a_later_format_whatever_their_numbers(self, folder: Path) -> None:
        later = [(30, thrift.BINARY, b"\x02ab"), (500, thrift.I32, b"\x02"), (516, 1, b"")]
        source = folder / "later.parquet"
        source.write_bytes(bare_file(["a"], later))
        copy = stamped(source, {("a",): 5})
        assert {("a",): 5} == ids_in(pq.read_schema(copy))
        assert b"\x02ab" in copy.read_bytes()


class TestRefusal:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "does not start"),
            (b"PAR1", "does not start"),
            (b"id,name\n1,ann and bob\n", "does not start"),
            (b"PAR1 and something else", "does not end"),
            (b"PAR1" + struct.pack("<I", 99) + b"PAR1", "does not end"),
            (b"PAR1" + struct.pack("<I", 0) + b"PAR1", "the bytes end"),
            (b"PAR1" + b"\x00" + struct.pack("<I", 1) + b"PAR1", "no schema"),
            (b"PARE" + b"secret" + struct.pack("<I", 6) + b"PARE", "encrypted"),
        ],
    )
    def test_of_what_is_no_plain_parquet_file(self, folder: Path, content: bytes, reason: str) -> None:
        source = folder / "other"
        source.write_bytes(content)
        answer, copy = attempt(source, {})
        assert reason in answer.failure().reason
        assert b"" == copy

    @pytest.mark.parametrize(
        ("ids", "reason"),
        [
            ({("a",): 1}, "column b has no field id"),
            ({("a",): 1, ("b",): 2, ("c", "x"): 3}, "column c.x is not in the file"),
            ({}, "column a has no field id"),
        ],
    )
    def test_of_ids_for_other_columns(self, folder: Path, ids: dict[NodePath, int], reason: str) -> None:
        source = written(folder, pa.table({"a": [1], "b": [2]}))
        answer, copy = attempt(source, ids)
        assert reason in answer.failure().reason
        assert b"" == copy

    def test_of_a_path_that_only_looks_the_same(self, folder: Path) -> None:
        source = written(folder, pa.table({"s": [{"x": 1}]}))
        answer, copy = attempt(source, {("s.x",): 1})
        assert "column s.x" in answer.failure().reason
        assert b"" == copy

    @pytest.mark.parametrize(
        "root_children", [pytest.param(1, id="too few"), pytest.param(3, id="too many"), -1, 10**6]
    )
    def test_of_a_tree_that_does_not_add_up(self, folder: Path, root_children: int) -> None:
        source = folder / "tree.parquet"
        source.write_bytes(bare_file(["a", "b"], root_children=root_children))
        answer, copy = attempt(source, {("a",): 1, ("b",): 2})
        assert "node" in answer.failure().reason
        assert b"" == copy

    def test_of_two_columns_of_one_name(self, folder: Path) -> None:
        source = folder / "twice.parquet"
        source.write_bytes(bare_file(["a", "a"]))
        answer, copy = attempt(source, {("a",): 1})
        assert "column a stands twice" == answer.failure().reason
        assert b"" == copy

    @pytest.mark.parametrize(
        "fields", [[(4, 5, b"\x02")], [(4, 8, b"\x01\xff")], [(5, 8, b"\x00")], [(9, 11, b"\x00")]]
    )
    def test_of_a_node_that_is_not_one(self, folder: Path, fields: list[tuple[int, int, bytes]]) -> None:
        source = folder / "node.parquet"
        source.write_bytes(bare_file(["a"], fields))
        answer, copy = attempt(source, {("a",): 1})
        assert not is_successful(answer)
        assert b"" == copy

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (thrift.struct([(2, thrift.LIST, b"\x15\x02")]), "not a list of nodes"),
            (thrift.struct([(2, thrift.LIST, b"\x0c")]), "not a list of nodes"),
            (thrift.struct([(2, thrift.LIST, b"\x1c\x00")]), "not in the file"),
            (thrift.struct([(2, thrift.LIST, b"\x1c\x00"), (2, thrift.LIST, b"\x1c\x00")]), "several"),
            (thrift.struct([(2, thrift.I32, b"\x02")]), "no schema"),
            (thrift.struct([(2, thrift.LIST, b"\x1c\x00")]) + b"signature", "goes on"),
        ],
    )
    def test_of_a_footer_that_is_not_one(self, folder: Path, content: bytes, reason: str) -> None:
        source = folder / "footer.parquet"
        source.write_bytes(framed(content))
        answer, copy = attempt(source, {("a",): 1})
        assert b"" == copy
        assert reason in answer.failure().reason

    def test_says_what_to_do_next(self) -> None:
        assert "Read the file" in FooterUnreadable("x").next_step

    def test_of_a_file_that_shrinks_is_an_error(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(footer, "COPY_BYTES", 8)
        chance = random.Random(1)
        table = pa.table({"a": [chance.random() for _ in range(20_000)]})
        source = written(folder, table)

        class Shrinking(io.BytesIO):
            def write(self, data: Any, /) -> int:
                os.truncate(source, 0)
                return super().write(data)

        with pytest.raises(EOFError):
            copy_with_field_ids(source, Shrinking(), ids_for(table.schema))


def duckdb_schema(path: Path) -> list[dict[str, Any]]:
    # A database of its own: one that lives on remembers what it read of a file that was written anew meanwhile.
    with duckdb.connect() as database:
        query = "select * exclude (file_name) from parquet_schema(?)"
        found = database.execute(query, [str(path)]).to_arrow_table()
    rows: list[dict[str, Any]] = json.loads(json.dumps(found.to_pylist(), default=str))
    return rows


def excluded_row_groups(path: Path, column: str, value: int) -> int:
    query = "select count(*) from parquet_bloom_probe(?, ?, ?) where bloom_filter_excludes"
    with duckdb.connect() as database:
        (count,) = database.execute(query, [str(path), column, value]).fetchall()[0]
    return int(count)
