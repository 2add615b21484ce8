"""What dlt holds of rows is written before it is too large."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import dlt
import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.dlt.engine.held_rows import size_of, written_in_time

MOST: Final = 3_000_000
THIRD: Final = "a" * (MOST // 3 - 100)


@pytest.mark.parametrize(
    "item",
    [
        {"v": THIRD},
        [{"v": THIRD}],
        {"v": {"w": [THIRD]}},
        {"v": THIRD, "n": 2**70},
        {"v": THIRD, "b": b"\xff", "d": Decimal(1), "u": UUID(int=0), "t": date(2026, 1, 1), "o": object()},
        [{"v": THIRD[:-500]}, *[{"v": "a"}] * 50],
        pa.table({"v": [THIRD]}),
        pa.RecordBatch.from_pydict({"v": [THIRD]}),
        [pa.table({"v": [THIRD]})],
    ],
    ids=["row", "rows", "nested", "large-number", "other-types", "one-large-row", "table", "batch", "tables"],
)
def test_items_are_written_before_they_are_too_large_together(item: object) -> None:
    read = 0
    written: list[int] = []

    def items() -> Iterator[object]:
        nonlocal read
        for _ in range(8):
            read += 1
            yield item

    resource = dlt.resource(items, name="t")
    # an item that is read is not held yet
    for _ in written_in_time(resource, lambda: written.append(read - 1), MOST):
        pass
    assert [3, 6] == written


@pytest.mark.parametrize(
    "value", [None, 1, 2.5, True, "x", b"x", datetime(2026, 1, 1, tzinfo=UTC), {}, [], 2**80]
)
def test_small_values_have_few_bytes(value: Any) -> None:
    assert 0 < size_of([{"v": value}]) < 100
