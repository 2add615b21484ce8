"""Reads the rows of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, final

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import (
    AlwaysFalse,
    AlwaysTrue,
    And,
    BooleanExpression,
    EqualTo,
    GreaterThanOrEqual,
    IsNull,
    LiteralPredicate,
    Or,
)
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.arrow.types import cast, to_arrow
from floe_ingestion_dlt.adapters.iceberg.files.data_files import rows_of
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.destination import Since


def rows(table: Table, equal: Mapping[str, str | int]) -> tuple[Mapping[str, object], ...]:
    """The rows of the current snapshot with these values."""
    batches = (batch.filter(_are(batch, equal)) for batch in _batches(table, _filter(equal)))
    return tuple(row for batch in batches for row in batch.to_pylist())


def scan(table: Table, since: Since | None = None) -> ArrowStream:
    """The rows of the current snapshot. Each request for the stream reads them again."""
    return _Scan(table, since)


@final
class _Scan:
    def __init__(self, table: Table, since: Since | None) -> None:
        self._table = table
        self._since = since

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        batches = _since(self._table, self._since)
        reader: ArrowStream = pa.RecordBatchReader.from_batches(_columns(self._table), batches)
        return reader.__arrow_c_stream__(requested_schema)


def _columns(table: Table) -> pa.Schema:
    """The table's columns without field ids, with text and lists in Arrow's plain variants."""
    columns = schema_from_iceberg(table.schema()).columns
    return pa.schema([(column.name, to_arrow(column.type)) for column in columns])


def _since(table: Table, since: Since | None) -> Iterator[pa.RecordBatch]:
    if since is None:
        yield from _batches(table, AlwaysTrue())
        return
    for batch in _batches(table, _at_least(since)):
        values = batch.column(since.column)
        found = pc.greater_equal(values, pa.scalar(since.value, values.type))
        yield batch.filter(pc.or_kleene(found, pc.is_null(values)) if since.has_nulls else found)


def _at_least(since: Since) -> BooleanExpression:
    nulls = IsNull(since.column) if since.has_nulls else AlwaysFalse()  # type: ignore[call-arg]  # a name is a term
    if since.value is None:
        return nulls
    try:
        return Or(_predicate(GreaterThanOrEqual, since.column, since.value), nulls)
    except TypeError:  # pyiceberg has no literal for the value, so every file may have it
        return AlwaysTrue()


def _batches(table: Table, wanted: BooleanExpression) -> Iterator[pa.RecordBatch]:
    """The rows of all files that may have rows that are *wanted*."""
    stored, columns = schema_to_pyarrow(table.schema()), _columns(table)
    for task in table.scan(row_filter=wanted).plan_files():
        for batch in rows_of(table, task, stored):
            yield from cast(pa.Table.from_batches([batch]), columns).to_batches()


def _are(batch: pa.RecordBatch, equal: Mapping[str, str | int]) -> pa.BooleanArray:
    """Which rows have these values."""
    is_equal = pa.repeat(pa.scalar(value=True), len(batch))
    for name, value in equal.items():
        column = batch.column(name)
        is_equal = pc.and_kleene(is_equal, pc.equal(column, pa.scalar(value, column.type)))
    return is_equal


def _filter(equal: Mapping[str, str | int]) -> BooleanExpression:
    expression: BooleanExpression = AlwaysTrue()
    for column, value in equal.items():
        expression = And(expression, _predicate(EqualTo, column, value))
    return expression


def _predicate(kind: type[LiteralPredicate], column: str, value: object) -> BooleanExpression:
    """The comparison of a column with a value; raises TypeError for a value that pyiceberg has no literal for."""
    make: Any = kind  # pydantic's mypy plugin does not see its constructor
    predicate: BooleanExpression = make(column, value)
    return predicate
