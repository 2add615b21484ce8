"""Whatever the destination is, a table that cannot be written is refused by what it says of itself."""

from __future__ import annotations

import pytest

from floe_ingestion_dlt.adapters.dlt.writable_tables import check_writable
from floe_ingestion_dlt.adapters.memory import MemoryDestination
from floe_ingestion_dlt.domain.merge import UPSERT
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.writable import Unreadable
from floe_ingestion_dlt.domain.write_modes import Append, Merge, Replace, WriteMode

ORDERS = TableName(("bronze",), "orders")
UPSERT_BY_ID = Merge(UPSERT, ("id",))
MODES: list[WriteMode] = [Append(), Replace(), UPSERT_BY_ID]


@pytest.fixture
def destination() -> MemoryDestination:
    made = MemoryDestination()
    made.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG),))).unwrap()
    return made


@pytest.mark.parametrize("mode", MODES)
def test_a_table_that_is_not_there_yet_can_be_written(mode: WriteMode) -> None:
    assert check_writable(MemoryDestination(), ORDERS, mode).unwrap() is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("version", [1, 3])
def test_every_mode_is_refused_by_another_format_version(
    destination: MemoryDestination, mode: WriteMode, version: int
) -> None:
    destination.tables[ORDERS].format_version = version
    assert f"format version {version}" in check_writable(destination, ORDERS, mode).failure().message


@pytest.mark.parametrize(("mode", "expected"), [*zip(MODES, [True, True, False], strict=True)])
def test_only_a_mode_that_reads_rows_is_refused_by_files_that_cannot_be_read(
    destination: MemoryDestination,
    mode: WriteMode,
    expected: bool,  # noqa: FBT001 - an expected value
) -> None:
    destination.tables[ORDERS].unreadable = frozenset({Unreadable.AVRO})
    assert expected is (check_writable(destination, ORDERS, mode).value_or("refused") is None)


@pytest.mark.parametrize("mode", MODES)
def test_a_catalog_that_does_not_answer_is_not_taken_for_one_that_allows_it(
    destination: MemoryDestination, mode: WriteMode
) -> None:
    destination.down = True
    assert "describe" in check_writable(destination, ORDERS, mode).failure().message
