"""Names of fields in structs that engines cannot tell apart, or cannot name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.schema import ColumnType, ListOf, MapOf, StructOf, TableSchema


def refused_names(schema: TableSchema) -> DestinationFailed | None:
    """Why a table cannot get these columns: a struct has fields that differ in case only, or one without a name. None if it can."""
    for column in schema.columns:
        for fault in _faults(column.type):
            cause = f"column {column.name} is a struct with {fault}"
            return DestinationFailed(cause, Category.CONFIGURATION, "Rename the field in the source.")
    return None


def _faults(kind: ColumnType) -> Iterator[str]:
    match kind:
        case ListOf(element):
            yield from _faults(element)
        case MapOf(key, value):
            yield from _faults(key)
            yield from _faults(value)
        case StructOf(fields):
            yield from _of_names([field.name for field in fields])
            for field in fields:
                yield from _faults(field.type)
        case _:
            return


def _of_names(names: list[str]) -> Iterator[str]:
    if not all(map(str.strip, names)):
        yield "a field that has no name"
    same = defaultdict[str, list[str]](list)
    for name in names:
        same[name.casefold()].append(name)
    for alike in same.values():
        if len(alike) > 1:
            yield f"the fields {', '.join(alike)}, whose names differ in case only"
