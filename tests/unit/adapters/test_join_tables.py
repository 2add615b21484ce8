"""The temporary database of a merge."""

from __future__ import annotations

from contextlib import closing

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import MemoryTooSmallError, fault_of
from floe_ingestion_dlt.adapters.iceberg.merge.join_tables import JoinTables
from floe_ingestion_dlt.domain.faults import Category


def test_a_merge_that_needs_more_memory_says_which_setting_allows_it() -> None:
    rows = pa.table({"key": range(500_000)})
    with closing(JoinTables(3_000_000)) as tables, pytest.raises(MemoryTooSmallError) as raised:
        tables.create(
            "winner", "FROM stream QUALIFY row_number() OVER (PARTITION BY key) = 1", rows.to_reader()
        )
    fault = fault_of(raised.value)
    assert fault.category is Category.CONFIGURATION
    assert "3,000,000 bytes" in fault.message
    assert "memory_limit" in fault.next_step
