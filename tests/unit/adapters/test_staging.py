"""Files on their way to a table: copied where they fit, rewritten where they do not, and gone where they cannot."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.table import Table
from returns.result import Result

from floe_ingestion_dlt.adapters.iceberg.files.field_ids import parquet_field_ids
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import Category, Fault
from floe_ingestion_dlt.domain.load import Load, StagedFile, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import append, file_of, rows_of
from tests.unit.adapters.parquet_samples import SAMPLE, footer_start, ids_in

ORDERS = TableName(("bronze",), "orders")
NOON = dt.datetime(2024, 5, 6, 12, 0, 0, 123000)  # noqa: DTZ001 - a timestamp without a zone


class Bench:
    """A table in a SQLite catalog, and files to stage into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lab = IcebergLab(folder)

    def make(self, rows: pa.Table) -> None:
        """Create the table with the columns of *rows*, and columns that are wider where they can be."""
        schema = self.lab.destination.schema_of(file_of(self.lab, rows)).unwrap()
        self.lab.destination.evolve(ORDERS, schema).unwrap()

    def stage(self, source: Path, *, may_discard: bool = False) -> Result[StagedFile, Fault]:
        staged = self.lab.destination.stage(FileToStage(source, ORDERS, "1", may_discard=may_discard))
        return staged.map(lambda files: files[0])

    def staged(self, rows: pa.Table) -> Path:
        """Where a file of *rows* was staged."""
        file = self.stage(file_of(self.lab, rows)).unwrap()
        return Path(file.path.removeprefix("file://"))

    @property
    def table(self) -> Table:
        return self.lab.iceberg.catalog.load_table("bronze.orders")

    def data_files(self) -> list[Path]:
        return list((self.folder / "warehouse").rglob("*.parquet"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def ids_of(bench: Bench, names: list[str]) -> dict[tuple[str, ...], int]:
    return parquet_field_ids(bench.table.schema(), names)


def one(kind: pa.DataType, *values: Any) -> pa.Table:
    return pa.table({"a": pa.array([*values, None], kind)})


FITTING = [
    SAMPLE,
    one(pa.int64(), 2**62),
    one(pa.large_string(), "ann"),
    one(pa.large_binary(), b"ann"),
    one(pa.timestamp("us"), NOON),
    one(pa.timestamp("us", "Europe/Oslo"), NOON.replace(tzinfo=dt.UTC)),
    one(pa.decimal128(9, 2), Decimal("1.50")),
    one(pa.binary(4), b"abcd"),
]
OTHERS = [
    one(pa.int8(), 127),
    one(pa.uint8(), 255),
    one(pa.uint32(), 2**32 - 1),
    one(pa.uint64(), 2**63 - 1),
    one(pa.float16(), 1.5),
    one(pa.dictionary(pa.int8(), pa.string()), "ann"),
    one(pa.timestamp("ns"), NOON),
    one(pa.timestamp("ms"), NOON),
    one(pa.timestamp("ns", "Europe/Oslo"), NOON.replace(tzinfo=dt.UTC)),
    one(pa.time32("ms"), dt.time(1, 2, 3)),
    one(pa.list_(pa.int16()), [1, None], []),
    one(pa.struct([pa.field("x", pa.uint16())]), {"x": 1}, {"x": None}),
    one(pa.map_(pa.string(), pa.int8()), [("k", 1)]),
]


def named(rows: pa.Table) -> str:
    return ", ".join(map(str, rows.schema.types))


class TestFitting:
    @pytest.mark.parametrize("rows", FITTING, ids=named)
    def test_a_file_with_the_tables_types_is_copied_but_for_its_footer(
        self, bench: Bench, rows: pa.Table
    ) -> None:
        bench.make(rows)
        source = file_of(bench.lab, rows)
        given, kept = source.read_bytes(), bench.staged(rows).read_bytes()
        assert given[: footer_start(given)] == kept[: footer_start(kept)]

    @pytest.mark.parametrize("rows", FITTING, ids=named)
    def test_the_copy_has_the_tables_field_ids(self, bench: Bench, rows: pa.Table) -> None:
        bench.make(rows)
        kept = pq.read_schema(bench.staged(rows))
        assert ids_of(bench, rows.column_names) == ids_in(kept)

    def test_a_file_without_some_columns_is_copied(self, bench: Bench) -> None:
        bench.make(SAMPLE)
        some = SAMPLE.select(["tags", "id"])
        kept = pq.read_schema(bench.staged(some))
        assert ids_of(bench, ["tags", "id"]) == ids_in(kept)

    def test_rows_and_bytes_are_those_of_the_staged_file(self, bench: Bench) -> None:
        bench.make(SAMPLE)
        file = bench.stage(file_of(bench.lab, SAMPLE)).unwrap()
        size = Path(file.path.removeprefix("file://")).stat().st_size
        assert (3, size, ()) == (file.rows, file.bytes, file.discarded)


class TestOthers:
    @pytest.mark.parametrize("rows", OTHERS, ids=named)
    def test_a_file_with_other_types_keeps_its_values(self, bench: Bench, rows: pa.Table) -> None:
        bench.make(rows)
        assert rows.to_pylist() == pq.read_table(bench.staged(rows)).to_pylist()

    @pytest.mark.parametrize("rows", OTHERS, ids=named)
    def test_a_file_with_other_types_gets_the_tables(self, bench: Bench, rows: pa.Table) -> None:
        bench.make(rows)
        kept = pq.read_schema(bench.staged(rows))
        assert ids_of(bench, ["a"]) == ids_in(kept)
        assert bench.lab.destination.schema_of(bench.data_files()[0]) == bench.lab.destination.describe(
            ORDERS
        ).map(lambda state: state and state.schema)

    def test_values_of_another_type_go_into_their_variant(self, bench: Bench) -> None:
        bench.make(pa.table({"a": [1], "a__v_text": ["x"]}))
        kept = pq.read_table(bench.staged(pa.table({"a": ["ann"]})))
        assert [{"a__v_text": "ann"}] == kept.to_pylist()
        assert ids_of(bench, ["a__v_text"]) == ids_in(kept.schema)

    def test_what_the_table_has_no_place_for_is_left_out_if_it_may_be(self, bench: Bench) -> None:
        bench.make(one(pa.int64()))
        source = file_of(bench.lab, pa.table({"b": ["x"], "a": [1]}))
        file = bench.stage(source, may_discard=True).unwrap()
        assert [{"a": 1}] == pq.read_table(file.path.removeprefix("file://")).to_pylist()

    def test_columns_of_nulls_are_no_columns(self, bench: Bench) -> None:
        bench.make(one(pa.int64()))
        assert [{"a": 1}] == pq.read_table(bench.staged(pa.table({"a": [1], "b": [None]}))).to_pylist()

    def test_many_row_groups_come_in_their_order(self, bench: Bench, tmp_path: Path) -> None:
        bench.make(one(pa.int64()))
        source = tmp_path / "groups.parquet"
        rows = pa.table({"a": pa.array(range(1000), pa.int32())})
        pq.write_table(rows, source, row_group_size=7)
        file = bench.stage(source).unwrap()
        kept = pq.read_table(file.path.removeprefix("file://"))
        assert (1000, list(range(1000))) == (file.rows, kept["a"].to_pylist())


class TestRefused:
    @pytest.mark.parametrize(
        ("rows", "column"),
        [
            (pa.table({"id": [1], "amount": pa.array([2**63], pa.uint64())}), "amount"),
            (pa.table({"id": [1], "seen": pa.array([1], pa.timestamp("ns"))}), "seen"),
        ],
        ids=["uint64", "nanoseconds"],
    )
    def test_a_value_that_would_not_survive_is_a_fault_that_names_its_column(
        self, bench: Bench, rows: pa.Table, column: str
    ) -> None:
        bench.make(rows)
        fault = bench.stage(file_of(bench.lab, rows)).failure()
        assert Category.PERMANENT is fault.category
        assert f"column {column} " in fault.message

    def test_nothing_is_left_of_a_file_that_could_not_be_written(self, bench: Bench) -> None:
        rows = one(pa.uint64(), 1, 2**63)
        bench.make(rows)
        assert Category.PERMANENT is bench.stage(file_of(bench.lab, rows)).failure().category
        assert [] == bench.data_files()

    @pytest.mark.parametrize(
        "rows",
        [
            pa.table({"name": ["ann"]}),
            pa.table({"id": [1, None], "name": ["ann", "bob"]}),
            pa.table({"id": pa.array([1, None], pa.int32())}),
        ],
        ids=["missing", "null", "null of a narrower type"],
    )
    def test_a_column_that_must_not_be_null_is_demanded_by_its_name(
        self, bench: Bench, rows: pa.Table
    ) -> None:
        catalog = bench.lab.iceberg.catalog
        catalog.create_namespace("bronze")
        wanted = pa.table({"id": [1], "name": ["ann"]}).schema
        catalog.create_table("bronze.orders", wanted.set(0, wanted.field(0).with_nullable(nullable=False)))
        fault = bench.stage(file_of(bench.lab, rows)).failure()
        assert Category.PERMANENT is fault.category
        assert "id" in fault.message
        assert [] == bench.data_files()

    def test_a_file_that_is_no_parquet_is_a_fault(self, bench: Bench, tmp_path: Path) -> None:
        bench.make(one(pa.int64()))
        (tmp_path / "broken").write_bytes(b"PAR1 and nothing else")
        fault = bench.stage(tmp_path / "broken").failure()
        assert Category.PERMANENT is fault.category
        assert [] == bench.data_files()

    def test_a_type_that_no_table_can_hold_names_its_column(self, bench: Bench) -> None:
        bench.make(one(pa.int64()))
        rows = pa.table({"a": [1], "took": pa.array([1], pa.duration("us"))})
        fault = bench.stage(file_of(bench.lab, rows)).failure()
        assert Category.CONFIGURATION is fault.category
        assert "column took" in fault.message


class TestFieldIds:
    def test_a_column_dropped_and_made_anew_does_not_bring_old_values_back(self, bench: Bench) -> None:
        rows = pa.table({"id": [1], "name": ["ann"]})
        commit_once(append(bench.lab, ORDERS, rows, "1"), bench.lab.destination).unwrap()
        with bench.table.update_schema() as changes:
            changes.delete_column("name")
        anew = TableSchema((Column("id", Scalar.LONG), Column("name", Scalar.STRING)))
        bench.lab.destination.evolve(ORDERS, anew).unwrap()
        assert [{"id": 1, "name": None}] == rows_of(bench.lab, ORDERS)

    def test_a_renamed_column_keeps_its_values(self, bench: Bench) -> None:
        rows = pa.table({"id": [1], "name": ["ann"]})
        commit_once(append(bench.lab, ORDERS, rows, "1"), bench.lab.destination).unwrap()
        with bench.table.update_schema() as changes:
            changes.rename_column("name", "who")
        assert [{"id": 1, "who": "ann"}] == rows_of(bench.lab, ORDERS)

    def test_a_file_staged_before_the_table_grew_is_read_with_the_new_column_empty(
        self, bench: Bench
    ) -> None:
        rows = pa.table({"id": [1]})
        bench.make(rows)
        file = bench.stage(file_of(bench.lab, rows)).unwrap()
        wider = TableSchema((Column("id", Scalar.LONG), Column("name", Scalar.STRING)))
        bench.lab.destination.evolve(ORDERS, wider).unwrap()
        load = Load("1", (TableWrite(ORDERS, Append(), (file,)),))
        commit_once(load, bench.lab.destination).unwrap()
        assert [{"id": 1, "name": None}] == rows_of(bench.lab, ORDERS)
