"""Columns of all types that files are copied with, as three rows: nulls, and the ends of what the types hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

PLAIN_COLUMNS: dict[str, pa.Array[Any]] = {
    "int": pa.array([3, None, -7], pa.int32()),
    "long": pa.array([2**62, -(2**62), None]),
    "float": pa.array([0.5, float("nan"), -0.0], pa.float32()),
    "double": pa.array([float("nan")] * 3),
    "bool": pa.array([None, True, False]),
    "day": pa.array([date(1, 1, 1), None, date(9999, 12, 31)]),
    "at": pa.array([-62_135_596_800_000_000, 253_402_300_799_999_999, None], pa.timestamp("us")),
    "zoned": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("us", "Europe/Zurich")),
    "text": pa.array(["", "\U0001f600 " * 60, "Z\u00fcrich"]),
    "view": pa.array(["a", None, "\x00"], pa.string_view()),
    "large": pa.array([None, None, None], pa.large_string()),
    "bytes": pa.array([b"\xff\x00", b"", None]),
    "small": pa.array([Decimal("-0.01"), None, Decimal("99.99")], pa.decimal128(4, 2)),
    "price": pa.array([Decimal("-1.5"), Decimal(3), None], pa.decimal128(18, 4)),
    "huge": pa.array([Decimal(-(10**37)), Decimal(10**37), None], pa.decimal128(38, 0)),
}
