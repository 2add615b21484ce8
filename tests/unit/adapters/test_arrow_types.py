"""Column types between Arrow, our terms and Iceberg."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg import types as ice
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from returns.result import Success

from floe_ingestion_dlt.adapters.arrow.types import (
    UnknownTypeError,
    cast,
    from_arrow,
    schema_from_arrow,
    to_arrow,
)
from floe_ingestion_dlt.adapters.iceberg.types import (
    BY_ICEBERG_NAME,
    from_iceberg,
    schema_from_iceberg,
    schema_to_iceberg,
)
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.schema import (
    Column,
    ColumnType,
    Decimal,
    Fixed,
    ListOf,
    MapOf,
    Scalar,
    StructOf,
    TableSchema,
)
from tests.unit.domain.strategies import column_types, schemas

LONGS = StructOf((Column("a", Scalar.LONG),))


def ids(kind: ice.IcebergType) -> list[int]:
    """Every field id below *kind*."""
    match kind:
        case ice.StructType():
            return [found for f in kind.fields for found in (f.field_id, *ids(f.field_type))]
        case ice.ListType():
            return [kind.element_id, *ids(kind.element_type)]
        case ice.MapType():
            return [kind.key_id, *ids(kind.key_type), kind.value_id, *ids(kind.value_type)]
        case _:
            return []


class TestArrow:
    @pytest.mark.parametrize(
        ("arrow", "ours"),
        [
            (pa.bool_(), Scalar.BOOLEAN),
            *((kind, Scalar.INT) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.uint8(), pa.uint16())),
            *((kind, Scalar.LONG) for kind in (pa.int64(), pa.uint32(), pa.uint64())),
            *((kind, Scalar.FLOAT) for kind in (pa.float16(), pa.float32())),
            (pa.float64(), Scalar.DOUBLE),
            *((kind, Scalar.DATE) for kind in (pa.date32(), pa.date64())),
            *((kind, Scalar.TIME) for kind in (pa.time32("s"), pa.time32("ms"), pa.time64("us"))),
            *((pa.timestamp(unit), Scalar.TIMESTAMP) for unit in ("s", "ms", "us", "ns")),
            *((pa.timestamp("us", tz), Scalar.TIMESTAMPTZ) for tz in ("UTC", "+01:00", "Europe/Oslo")),
            *((kind, Scalar.STRING) for kind in (pa.string(), pa.large_string(), pa.string_view())),
            *((kind, Scalar.BINARY) for kind in (pa.binary(), pa.large_binary(), pa.binary_view())),
            (pa.uuid(), Scalar.UUID),
            (pa.json_(), Scalar.STRING),
            (pa.binary(4), Fixed(4)),
            *(
                (kind, Decimal(9, 2))
                for kind in (pa.decimal32(9, 2), pa.decimal64(9, 2), pa.decimal128(9, 2))
            ),
            (pa.decimal256(38, 0), Decimal(38, 0)),
            (pa.dictionary(pa.int8(), pa.string()), Scalar.STRING),
            *((kind, ListOf(Scalar.INT)) for kind in (pa.list_(pa.int8()), pa.large_list(pa.int8()))),
            (pa.list_(pa.int8(), 3), ListOf(Scalar.INT)),
            (pa.map_(pa.string(), pa.float32()), MapOf(Scalar.STRING, Scalar.FLOAT)),
            (pa.struct([("a", pa.int64())]), LONGS),
            (pa.list_(pa.struct([("a", pa.int64())])), ListOf(LONGS)),
        ],
        ids=str,
    )
    def test_a_type_of_arrow_has_a_counterpart(self, arrow: pa.DataType, ours: ColumnType) -> None:
        assert ours == from_arrow(arrow)

    @given(column_types)
    def test_what_is_read_back_has_the_type_that_was_written(self, kind: ColumnType) -> None:
        assert kind == from_arrow(to_arrow(kind))

    @pytest.mark.parametrize(
        "arrow",
        [
            pa.duration("us"),
            pa.month_day_nano_interval(),
            pa.decimal256(39, 2),
            pa.decimal128(9, -2),
            pa.struct([]),
            pa.list_(pa.duration("s")),
            pa.map_(pa.string(), pa.struct([])),
        ],
        ids=str,
    )
    def test_a_type_without_a_counterpart_is_a_fault_that_names_the_column(self, arrow: pa.DataType) -> None:
        fault = schema_from_arrow(pa.schema([pa.field("id", pa.int64()), pa.field("took", arrow)])).failure()
        assert Category.CONFIGURATION is fault.category
        assert "column took" in fault.cause
        assert "Cast took" in fault.next_step

    def test_a_column_of_nulls_has_no_type_yet(self) -> None:
        rows = pa.table({"nothing": [None], "id": [1]})
        found = schema_from_arrow(rows.schema)
        assert Success(TableSchema((Column("id", Scalar.LONG),))) == found

    @pytest.mark.parametrize(
        ("arrow", "table", "expected"),
        [
            (pa.list_(pa.null()), None, None),
            (pa.struct([("a", pa.list_(pa.null()))]), None, None),
            (pa.map_(pa.string(), pa.null()), None, None),
            (
                pa.struct([("a", pa.null()), ("b", pa.int64())]),
                None,
                StructOf((Column("b", Scalar.LONG),)),
            ),
            (pa.list_(pa.null()), ListOf(Scalar.DATE), ListOf(Scalar.DATE)),
            (pa.list_(pa.null()), Scalar.DATE, None),
            (
                pa.struct([("a", pa.null())]),
                StructOf((Column("a", Scalar.DATE), Column("b", Scalar.LONG))),
                StructOf((Column("a", Scalar.DATE),)),
            ),
        ],
    )
    def test_what_is_null_has_the_type_that_the_table_has_there(
        self, arrow: pa.DataType, table: ColumnType | None, expected: ColumnType | None
    ) -> None:
        known = TableSchema(() if table is None else (Column("v", table),))
        found = schema_from_arrow(pa.schema([("v", arrow)]), known).unwrap()
        assert expected == found.type_of("v")


class TestIceberg:
    @given(schemas)
    def test_a_schema_comes_back_as_it_was(self, schema: TableSchema) -> None:
        assert schema == schema_from_iceberg(schema_to_iceberg(schema))

    @given(schemas)
    def test_field_ids_differ(self, schema: TableSchema) -> None:
        given_ids = ids(schema_to_iceberg(schema).as_struct())
        assert sorted(set(given_ids)) == sorted(given_ids)

    @given(schemas)
    def test_every_column_may_be_null(self, schema: TableSchema) -> None:
        assert not [field for field in schema_to_iceberg(schema).fields if field.required]

    @given(schemas)
    def test_arrow_and_pyiceberg_mean_the_same_types(self, schema: TableSchema) -> None:
        arrow = schema_to_pyarrow(schema_to_iceberg(schema), include_field_ids=False)
        assert Success(schema) == schema_from_arrow(arrow)

    def test_every_scalar_has_a_type_of_its_own(self) -> None:
        assert set(Scalar) == set(BY_ICEBERG_NAME.values())

    @pytest.mark.parametrize("kind", [ice.TimestampNanoType(), ice.UnknownType()], ids=str)
    def test_a_type_of_format_version_3_is_refused(self, kind: ice.IcebergType) -> None:
        schema = Schema(ice.NestedField(1, "a", kind, required=False))
        with pytest.raises(UnknownTypeError, match=str(kind)):
            schema_from_iceberg(schema)

    def test_a_required_column_is_read_like_any_other(self) -> None:
        assert Scalar.LONG == from_iceberg(ice.LongType())
        schema = Schema(ice.NestedField(7, "id", ice.LongType(), required=True))
        assert TableSchema((Column("id", Scalar.LONG),)) == schema_from_iceberg(schema)


class TestCast:
    @pytest.mark.parametrize(
        ("values", "has", "wanted"),
        [
            ([2**63], pa.uint64(), pa.int64()),
            ([2**31], pa.int64(), pa.int32()),
            ([1.5], pa.float64(), pa.int64()),
            ([1], pa.timestamp("ns"), pa.timestamp("us")),
            ([b"\xff"], pa.binary(), pa.string()),
        ],
        ids=str,
    )
    def test_a_value_that_would_not_survive_is_an_error_that_names_the_column(
        self, values: list[Any], has: pa.DataType, wanted: pa.DataType
    ) -> None:
        rows = pa.table({"amount": pa.array(values, has)})
        with pytest.raises(pa.ArrowInvalid, match=re.escape(f"column amount ({has} to {wanted})")):
            cast(rows, pa.schema([("amount", wanted)]))

    @given(st.lists(st.none() | st.integers(-(2**31), 2**31 - 1)))
    def test_values_that_survive_are_the_same(self, values: list[int | None]) -> None:
        rows = pa.table({"a": pa.array(values, pa.int32())})
        assert values == cast(rows, pa.schema([("b", pa.int64())]))["b"].to_pylist()
