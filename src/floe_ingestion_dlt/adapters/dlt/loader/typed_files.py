"""The rows of a package's files in the columns and types of their table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.arrow.field_values import without_fields
from floe_ingestion_dlt.adapters.arrow.file_schemas import schema_in
from floe_ingestion_dlt.adapters.arrow.parquet_rows import batches_in
from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.arrow.types import cast, nulls, to_arrow
from floe_ingestion_dlt.adapters.dlt.loader.row_match import PLACE
from floe_ingestion_dlt.adapters.dlt.merge_hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt.nested_digests import nested_digests
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.domain.contracts import project
from floe_ingestion_dlt.domain.known_rows import NESTED
from floe_ingestion_dlt.domain.schema import TableSchema, is_variant


@final
class TypedFile:
    """A file's rows in the table's columns and types."""

    def __init__(self, parquet: pq.ParquetFile, table: TableSchema) -> None:
        self._parquet = parquet
        projection = project(value_or_throw(schema_in(parquet, table)), table)
        # dlt adds columns of its schema that the source does not send, filled with nulls.
        sent = _filled_columns(parquet.metadata)
        self._names = {place: name for name, place in projection.kept if name in sent}
        self._fields = projection.fields
        self._discarded = [name for name in projection.discarded if name in sent]
        self._types = {column.name: to_arrow(column.type) for column in table.columns}

    def lowest(self, cursor: str) -> tuple[Any, bool]:
        """The lowest value of the cursor, None if all are null; and whether some are."""
        lows, has_nulls = [], False
        for rows in self.rows([cursor], cursor):
            lows.append(pc.min_max(rows[cursor])["min"].as_py())
            has_nulls = has_nulls or rows[cursor].null_count > 0
        return min((low for low in lows if low is not None), default=None), has_nulls

    def sent(self, columns: Sequence[str], cursor: str = "") -> list[str]:
        """Those of *columns* that the file has, and the cursor, which is null if the file does not have it."""
        return [column for column in columns if column in self._names or column == cursor]

    def values_beside(self, column: str) -> Iterator[tuple[str, int]]:
        """The columns that have values of *column* that its type cannot hold, with their numbers of values."""
        names = [name for place, name in self._names.items() if is_variant(place, column)]
        names += [name for name in self._discarded if name == column or is_variant(name, column)]
        for name in names:
            values = self._parquet.read(columns=[name]).column(0)
            yield name, len(values) - values.null_count

    def column(self, name: str) -> Iterator[Column]:
        """The values of a column of the table, in batches; nulls if the file does not have it."""
        if name in self._names:
            target = pa.schema([(name, self._types[name])])
            for batch in batches_in(self._parquet, [self._names[name]]):
                yield cast(self._held(pa.Table.from_batches([batch])), target)[name]
        else:
            missing = pa.schema([(name, self._types[name])])
            yield nulls(self._parquet.metadata.num_rows, missing)[name]

    def _held(self, rows: pa.Table) -> pa.Table:
        """The rows without the fields for which the table has no place."""
        return without_fields(rows, [path for path in self._fields if path[0] in rows.column_names])

    def rows(self, columns: Sequence[str], cursor: str) -> Iterator[pa.Table]:
        """The rows with those of *columns* that the file has, and their places; the *cursor* is null if the file does not have it."""
        places = self.sent(columns)
        names = [self._names[column] for column in places]
        target = pa.schema([(column, self._types[column]) for column in places])
        absent = {cursor} & {*columns} - {*places}
        missing = pa.schema([(name, self._types[name]) for name in absent])
        ids = [ROW_ID] if ROW_ID in self._parquet.schema_arrow.names else []
        start = 0
        for batch in batches_in(self._parquet, [*names, *ids]):
            found = pa.Table.from_batches([batch])
            count = len(batch)
            rows = cast(self._held(found.select(names)), target)
            held = {name: rows[name] for name in places} | {
                name: nulls(count, missing)[name] for name in absent
            }
            nested = nested_digests(found[ROW_ID]) if ids else pa.repeat("", count)
            numbers = pa.array(range(start, start + count), pa.int64())
            yield pa.table({**held, NESTED: nested, PLACE: numbers})
            start += count


def _filled_columns(metadata: pq.FileMetaData) -> set[str]:
    """The columns that have a value in some row, or no statistics."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = (group.column(number) for group in groups for number in range(metadata.num_columns))
    return {
        column.path_in_schema.split(".")[0]
        for column in columns
        if column.statistics is None or (column.statistics.null_count or 0) < column.num_values
    }
