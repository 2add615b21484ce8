"""Reading tables back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import pyarrow as pa
from pyiceberg.expressions import AlwaysTrue, And, BooleanExpression, EqualTo
from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.arrow import to_arrow
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg
from floe_ingestion_dlt.ports.destination import ArrowStream


def rows(table: Table, equal: Mapping[str, str | int]) -> tuple[Mapping[str, object], ...]:
    """The rows of the table's current snapshot that have these values."""
    return tuple(table.scan(row_filter=_filter(equal)).to_arrow().to_pylist())


def scan(table: Table) -> ArrowStream:
    """The rows of the table's current snapshot, read anew each time somebody asks for the stream."""
    return _Scan(table)


@final
class _Scan:
    def __init__(self, table: Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        reader = self._table.scan().to_arrow_batch_reader()
        # pyiceberg reads text and bytes in Arrow's large variants, whatever the file had.
        columns = schema_from_iceberg(self._table.schema()).columns
        reader = reader.cast(pa.schema([(column.name, to_arrow(column.type)) for column in columns]))
        return reader.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]  # pyarrow's own


def _filter(equal: Mapping[str, str | int]) -> BooleanExpression:
    expression: BooleanExpression = AlwaysTrue()
    equals: Any = EqualTo  # pydantic's mypy plugin reads its constructor wrongly
    for column, value in equal.items():
        expression = And(expression, equals(column, value))
    return expression
