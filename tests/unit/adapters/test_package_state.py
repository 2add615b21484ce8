"""What a load writes into the state of dlt's package is read back as it was, also by a later release."""

from __future__ import annotations

import json

from floe_ingestion_dlt.adapters.dlt.loader.package_state import (
    RECEIPTS,
    STAGED,
    Growth,
    growth_entry,
    growth_in,
    receipt_entry,
    receipts_in,
    staged_load,
)
from floe_ingestion_dlt.adapters.dlt_api.internals import TLoadPackageState
from floe_ingestion_dlt.domain.faults import SchemaChange
from floe_ingestion_dlt.domain.load import Discarded, Receipt, StagedFile
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema


def _saved(key: str, entries: dict[str, object]) -> TLoadPackageState:
    """The state after it was written to disk and read again."""
    state: TLoadPackageState = json.loads(json.dumps({"destination_state": {key: entries}}))
    return state


def test_receipts_are_read_back() -> None:
    """A receipt keeps its table, figures, snapshot and discarded values."""
    table = TableName(("lake", "bronze"), "orders")
    receipt = Receipt(table, 3, 900, 1, 7, (Discarded("note", 2),))
    assert (receipt,) == receipts_in(_saved(RECEIPTS, {str(table): receipt_entry(receipt)}))


def test_growth_is_read_back() -> None:
    """A table's growth keeps its columns and the changes in words."""
    growth = Growth(TableSchema((Column("n", Scalar.LONG),)), (SchemaChange("n added", "n", "long"),))
    assert growth == growth_in(json.loads(json.dumps(growth_entry(growth))))


def test_a_staged_file_of_an_earlier_release_has_the_first_layout() -> None:
    """Fields that an earlier release did not write have their defaults."""
    entry = {"path": "s3://b/f.parquet", "rows": 3, "bytes": 900, "discarded": []}
    load = staged_load("load", _saved(STAGED, {"orders.1.0.parquet": [entry]}), ("bronze",))
    assert [StagedFile("s3://b/f.parquet", 3, 900)] == [file for write in load.writes for file in write.files]
