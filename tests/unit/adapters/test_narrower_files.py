"""Files whose types are narrower than the table's are copied where Iceberg promotes the types, and written again elsewhere."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.table import Table

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.testing import IcebergLab
from floe_ingestion_dlt.testing.lab import append, file_of
from tests.unit.adapters.parquet_samples import footer_start

ORDERS = TableName(("bronze",), "orders")


def item(kind: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field("x", kind)])


PROMOTED: list[tuple[pa.DataType, pa.DataType, list[Any]]] = [
    (pa.int32(), pa.int64(), [-(2**31), 7, 2**31 - 1]),
    (pa.float32(), pa.float64(), [0.1, -1.5, 3.0]),
    (pa.decimal128(9, 2), pa.decimal128(12, 2), [Decimal("-1.50"), Decimal("1234567.89")]),
    (pa.decimal128(18, 0), pa.decimal128(38, 0), [Decimal(10**17), Decimal(-(10**17))]),
    (pa.list_(pa.int32()), pa.list_(pa.int64()), [[1, None], []]),
    (item(pa.float32()), item(pa.float64()), [{"x": 0.5}, {"x": None}]),
    (pa.map_(pa.string(), pa.int32()), pa.map_(pa.string(), pa.int64()), [[("k", 1)], []]),
]
OTHERS: list[tuple[pa.DataType, pa.DataType, list[Any]]] = [
    (pa.int16(), pa.int64(), [-(2**15), 7]),
    (pa.uint8(), pa.int64(), [255]),
    (pa.uint32(), pa.int64(), [2**32 - 1]),
    (pa.int32(), pa.float64(), [2**31 - 1]),
    (pa.decimal128(9, 1), pa.decimal128(12, 2), [Decimal("1.5")]),
    (pa.int32(), pa.decimal128(12, 2), [7]),
]


def named(case: object) -> str:
    return str(case) if isinstance(case, pa.DataType) else ""


def wide(kind: pa.DataType) -> pa.Table:
    return pa.table({"a": pa.array([None], kind)})


def narrow(kind: pa.DataType, values: list[Any]) -> pa.Table:
    return pa.table({"a": pa.array([*values, None], kind)})


class Bench:
    """A table whose column has one type, and files with others."""

    def __init__(self, folder: Path) -> None:
        self.lab = IcebergLab(folder)

    def make(self, kind: pa.DataType) -> None:
        schema = self.lab.destination.schema_of(file_of(self.lab, wide(kind))).unwrap()
        self.lab.destination.evolve(ORDERS, schema).unwrap()

    def staged(self, rows: pa.Table) -> tuple[bytes, bytes]:
        """The bytes of a file without its footer, and of what was staged of it."""
        source = file_of(self.lab, rows)
        (file,) = self.lab.destination.stage(FileToStage(source, ORDERS, "1", may_discard=False)).unwrap()
        kept = Path(file.path.removeprefix("file://")).read_bytes()
        given = source.read_bytes()
        return given[: footer_start(given)], kept[: footer_start(kept)]

    def load(self, rows: pa.Table) -> Table:
        commit_once(append(self.lab, ORDERS, rows, "1"), self.lab.destination).unwrap()
        return self.lab.iceberg.catalog.load_table("bronze.orders")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(("has", "column", "values"), PROMOTED, ids=named)
def test_types_that_a_column_may_grow_from_are_copied(
    bench: Bench, has: pa.DataType, column: pa.DataType, values: list[Any]
) -> None:
    bench.make(column)
    given, kept = bench.staged(narrow(has, values))
    assert given == kept


@pytest.mark.parametrize(("has", "column", "values"), OTHERS, ids=named)
def test_other_types_are_written_again(
    bench: Bench, has: pa.DataType, column: pa.DataType, values: list[Any]
) -> None:
    bench.make(column)
    given, kept = bench.staged(narrow(has, values))
    assert given != kept


@pytest.mark.parametrize(("has", "column", "values"), [*PROMOTED, *OTHERS], ids=named)
def test_values_are_read_in_the_type_of_the_column(
    bench: Bench, has: pa.DataType, column: pa.DataType, values: list[Any]
) -> None:
    bench.make(column)
    found = bench.load(narrow(has, values)).scan().to_arrow()
    assert narrow(has, values).cast(found.schema).to_pylist() == found.to_pylist()


@pytest.mark.parametrize(("has", "column", "values"), PROMOTED[:4], ids=named)
def test_bounds_are_in_the_type_of_the_column_and_find_the_file(
    bench: Bench, has: pa.DataType, column: pa.DataType, values: list[Any]
) -> None:
    bench.make(column)
    table = bench.load(narrow(has, values))
    highest = str(max(row["a"] for row in narrow(has, values).to_pylist() if row["a"] is not None))
    (row,) = table.scan(row_filter=f"a = {highest}").to_arrow().to_pylist()
    assert highest == str(row["a"])
    assert [] == list(table.scan(row_filter=f"a > {highest}").plan_files())
