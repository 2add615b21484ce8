"""A cursor whose state does not fit into a snapshot's summary outlives what Spark does with files."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest

from tests.platforms import TABLE
from tests.spark.lake import Lake
from tests.spark.works import EXPIRE, REWRITE, Work

MANY = 2_000


def rows(count: int) -> pa.Table:
    """Rows that all have the same value at the cursor, so that the cursor alone tells none from another."""
    return pa.table({"id": range(count), "hour": [7] * count})


def orphans_removed(lake: Lake) -> None:
    lake.age_files(days=5)
    lake.sql(f"CALL floe.system.remove_orphan_files('{TABLE}')")


def statistics_computed(lake: Lake) -> None:
    lake.sql(f"CALL floe.system.compute_table_stats('{TABLE}')")


def expired(lake: Lake) -> None:
    Work("rewrite, expire", (REWRITE, EXPIRE)).done(lake, TABLE)


@pytest.mark.parametrize("work", [orphans_removed, statistics_computed, expired])
def test_each_row_comes_once_though_all_are_alike_at_the_cursor(
    lake: Lake, work: Callable[[Lake], None]
) -> None:
    lake.load_table(rows(MANY), cursor="hour")
    work(lake)
    for more in (5, 9):
        lake.platform.forget_local_state()
        lake.load_table(rows(MANY + more), cursor="hour")
        work(lake)
    found = lake.query(f"SELECT id FROM floe.{TABLE} ORDER BY id")["id"]
    assert [*range(MANY + 9)] == found.to_pylist()
