"""Uuids come as text or as bytes, and fill a column of uuids if all of them are such."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.arrow.file_schemas import schema_of
from floe_ingestion_dlt.adapters.arrow.types import cast, schema_from_text, text_of
from floe_ingestion_dlt.adapters.arrow.uuids import as_uuids
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, Column, ColumnType, Fixed, Scalar, TableSchema
from tests.unit.domain.strategies import schemas

ONE, TWO = uuid.UUID("6f1a4b36-95a3-4e0c-8a4e-0123456789ab"), uuid.UUID(int=0)
UUIDS = TableSchema((Column("id", Scalar.UUID),))
FORMS: list[Any] = [
    pa.array([str(ONE), None, str(TWO)]),
    pa.array([str(ONE).upper(), None, str(TWO)]),
    pa.array([str(ONE), None, str(TWO)], pa.large_string()),
    pa.array([str(ONE), None, str(TWO)]).dictionary_encode(),
    pa.array([ONE.bytes, None, TWO.bytes], pa.binary()),
    pa.array([ONE.bytes, None, TWO.bytes], pa.binary(16)),
    pa.array([ONE.bytes, None, TWO.bytes], pa.large_binary()),
]
OTHERS: list[tuple[Any, ColumnType]] = [
    (pa.array([str(ONE), "none"]), Scalar.STRING),
    (pa.array([str(ONE), ""]), Scalar.STRING),
    (pa.array([str(ONE).replace("-", "")]), Scalar.STRING),
    (pa.array([f"{{{ONE}}}"]), Scalar.STRING),
    (pa.array([f"{ONE}\n"]), Scalar.STRING),
    (pa.array([ONE.bytes, b"short"], pa.binary()), Scalar.BINARY),
    (pa.array([b"12345678"], pa.binary(8)), Fixed(8)),
    (pa.array([1]), Scalar.LONG),
]


def file_of(folder: Path, values: Any) -> Path:
    pq.write_table(pa.table({"id": values}), folder / "rows.parquet")
    return folder / "rows.parquet"


@pytest.mark.parametrize("values", FORMS, ids=lambda values: str(values.type))
class TestForms:
    def test_a_file_of_uuids_has_uuids_for_a_table_that_has(self, tmp_path: Path, values: Any) -> None:
        assert UUIDS == schema_of(file_of(tmp_path, values), UUIDS).unwrap()

    def test_other_tables_get_what_is_there(self, tmp_path: Path, values: Any) -> None:
        assert UUIDS != schema_of(file_of(tmp_path, values), NO_COLUMNS).unwrap()

    def test_the_values_are_the_same(self, values: Any) -> None:
        target = pa.schema([("id", pa.uuid())])
        assert [ONE, None, TWO] == cast(pa.table({"id": values}), target)["id"].to_pylist()


@pytest.mark.parametrize(("values", "kind"), OTHERS)
def test_what_is_no_uuid_stays_what_it_is(tmp_path: Path, values: Any, kind: ColumnType) -> None:
    assert TableSchema((Column("id", kind),)) == schema_of(file_of(tmp_path, values), UUIDS).unwrap()


@given(st.lists(st.none() | st.uuids()))
def test_every_uuid_survives_as_text(values: list[uuid.UUID | None]) -> None:
    texts = pa.chunked_array([pa.array([None if v is None else str(v) for v in values], pa.string())])
    assert values == as_uuids(texts).to_pylist()


@given(schemas)
def test_a_schema_that_was_written_down_is_read_as_it_was(schema: TableSchema) -> None:
    assert schema == schema_from_text(text_of(schema))
