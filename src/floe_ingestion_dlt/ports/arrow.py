"""Rows in Arrow, without importing an Arrow library."""

from __future__ import annotations

from typing import Protocol


class ArrowStream(Protocol):
    """Rows in Arrow's C stream interface, which pyarrow, duckdb and polars all read."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
