"""From a schema to a wider one, in the single changes that pyiceberg knows."""

from __future__ import annotations

from typing import Final

from pyiceberg.table.update.schema import UpdateSchema

from floe_ingestion_dlt.adapters.iceberg.types import to_iceberg
from floe_ingestion_dlt.domain.schema import Column, ColumnType, ListOf, MapOf, StructOf, TableSchema

Path = tuple[str, ...]

# pyiceberg gives new columns ids of its own.
ANY_ID: Final = 0


def gather(changes: UpdateSchema, has: TableSchema, wider: TableSchema) -> None:
    """Put into *changes* what makes a table of schema *has* one of the schema *wider*, which only adds and widens."""
    _gather_fields(changes, (), has.columns, wider.columns)


def _gather_fields(
    changes: UpdateSchema, path: Path, has: tuple[Column, ...], wider: tuple[Column, ...]
) -> None:
    types = {column.name: column.type for column in has}
    for column in wider:
        here = (*path, column.name)
        if column.name in types:
            _gather_type(changes, here, types[column.name], column.type)
        else:
            changes.add_column(here, to_iceberg(column.type, lambda: ANY_ID))


def _gather_type(changes: UpdateSchema, path: Path, has: ColumnType, wider: ColumnType) -> None:
    match has, wider:
        case StructOf(), StructOf():
            _gather_fields(changes, path, has.fields, wider.fields)
        case ListOf(), ListOf():
            _gather_type(changes, (*path, "element"), has.element, wider.element)
        case MapOf(), MapOf():
            _gather_type(changes, (*path, "value"), has.value, wider.value)
        case _ if has != wider:
            changes.update_column(path, to_iceberg(wider, lambda: ANY_ID))
        case _:
            return
