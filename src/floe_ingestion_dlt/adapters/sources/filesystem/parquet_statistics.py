"""Whether the statistics in the footer of a Parquet file hold: readers skip rows by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types as at

from floe_ingestion_dlt.adapters.arrow.stubs import Column


def are_counted(chunk: pq.ColumnChunkMetaData) -> bool:
    """Whether the footer has the number of nulls of a column chunk."""
    found = chunk.statistics
    return found is not None and bool(found.has_null_count)  # type: ignore[attr-defined]  # missing in the stubs


def repeats_few_texts(chunk: pq.ColumnChunkMetaData) -> bool:
    """Whether a chunk of texts or bytes has a dictionary, and less than a byte for each of its values, so that only few are different."""
    is_of_texts = chunk.physical_type == "BYTE_ARRAY" and chunk.has_dictionary_page
    return is_of_texts and chunk.total_uncompressed_size < chunk.num_values


@final
@dataclass(slots=True)
class ColumnFacts:
    """What the values of a plain column *chunk* are, as Parquet stores them: times and decimals are whole numbers, texts are bytes."""

    kind: pa.DataType
    chunk: pq.ColumnChunkMetaData
    nulls: int = 0
    bounds: list[Any] = field(default_factory=list)

    def add(self, column: pa.Array[Any]) -> None:
        self.nulls += column.null_count
        if self.chunk.statistics is None or not self.chunk.statistics.has_min_max:
            return
        if isinstance(column, pa.DictionaryArray):
            column = column.dictionary
        found = pc.min_max(_comparable(column))
        new = (found[bound].as_py() for bound in ("min", "max"))
        values = [*self.bounds, *(_as_stored(each) for each in new if each is not None)]
        self.bounds = [min(values), max(values)] if values else []

    def agree(self) -> bool:
        """Whether the chunk has as many nulls as its statistics say, and no value outside of their bounds."""
        found = self.chunk.statistics
        if found is None or found.null_count != self.nulls:
            return False
        if not self.bounds:
            return True
        low, high = (self._of_footer(bound) for bound in (found.min_raw, found.max_raw))
        return bool(low <= self.bounds[0] and self.bounds[1] <= high)

    def _of_footer(self, bound: Any) -> Any:
        is_packed = at.is_decimal(self.kind) and isinstance(bound, bytes)
        return int.from_bytes(bound, "big", signed=True) if is_packed else bound


@final
class GroupFacts:
    """What the rows of a row *group* are. No column is in a list or a struct."""

    def __init__(self, columns: pa.Schema, group: pq.RowGroupMetaData) -> None:
        self.rows, self._expected = 0, group.num_rows
        self._columns = [
            ColumnFacts(column.type, group.column(number)) for number, column in enumerate(columns)
        ]

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        for facts, column in zip(self._columns, batch.columns, strict=True):
            facts.add(column)

    def agree(self) -> bool:
        """Whether all that the footer says of the group holds for its rows."""
        return self.rows == self._expected and all(facts.agree() for facts in self._columns)


def _comparable(column: pa.Array[Any]) -> pa.Array[Any] | Column:
    """The column in a type that Arrow compares, with the values that Parquet stores."""
    kind = column.type
    if at.is_timestamp(kind):
        return column.view(pa.int64())
    if at.is_date32(kind):
        return column.view(pa.int32())
    return column.cast(pa.large_string()) if at.is_string_view(kind) else column


def _as_stored(value: object) -> object:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, Decimal):
        # Arithmetic with decimals would round to the digits of the context.
        sign, digits, _ = value.as_tuple()
        return int("".join(map(str, digits))) * (-1 if sign else 1)
    return value
