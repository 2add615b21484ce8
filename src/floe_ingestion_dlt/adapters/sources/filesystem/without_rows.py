"""The columns of a table whose first files have no rows, so that what reads the table can run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from floe_ingestion_dlt.adapters.sources.expected_types import Expected
from floe_ingestion_dlt.domain.events import ColumnsWithoutType
from floe_ingestion_dlt.ports.source import Report


def tables_without_rows(
    schemas: Sequence[pa.Schema], cursor: str | None, expected: Expected, report: Report
) -> Iterator[pa.Table]:
    """A table without rows for each of the *schemas*; nothing if the destination has one of the columns already.

    A column without a type is text. A cursor must not be that only for now, because numbers in texts have another order: it waits for values.
    """
    names = dict.fromkeys(name for schema in schemas for name in schema.names)
    if any(expected.column_type(name) is not None for name in names):
        return
    typed = {field.name for schema in schemas for field in schema if not pa.types.is_null(field.type)}
    unknown = tuple(name for name in names if name not in typed)
    if unknown:
        report(ColumnsWithoutType(unknown, makes_table=cursor not in unknown))
    if cursor in unknown:
        return
    text = dict.fromkeys(unknown, pa.string())
    for schema in dict.fromkeys(schema.remove_metadata() for schema in schemas):
        kinds = [(field.name, text.get(field.name, field.type)) for field in schema]
        yield pa.schema([(name, kind) for name, kind in kinds if not pa.types.is_null(kind)]).empty_table()
