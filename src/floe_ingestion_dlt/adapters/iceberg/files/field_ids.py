"""Which field id belongs to which node of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyiceberg.schema import Schema
from pyiceberg.types import IcebergType, ListType, MapType, StructType

Path = tuple[str, ...]


def parquet_field_ids(schema: Schema, names: Iterable[str]) -> dict[Path, int]:
    """The ids of the columns *names* and of all fields nested in them, by path in the file (three-level lists)."""
    wanted = set(names)
    return {
        path: field_id
        for field in schema.fields
        if field.name in wanted
        for path, field_id in _walk((field.name,), field.field_id, field.field_type)
    }


def _walk(path: Path, field_id: int, kind: IcebergType) -> Iterator[tuple[Path, int]]:
    yield path, field_id
    match kind:
        case StructType():
            for field in kind.fields:
                yield from _walk((*path, field.name), field.field_id, field.field_type)
        case ListType():
            yield from _walk((*path, "list", "element"), kind.element_id, kind.element_type)
        case MapType():
            yield from _walk((*path, "key_value", "key"), kind.key_id, kind.key_type)
            yield from _walk((*path, "key_value", "value"), kind.value_id, kind.value_type)
        case _:
            return
