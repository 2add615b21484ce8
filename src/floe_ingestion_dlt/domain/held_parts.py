"""The parts of objects that a column can hold, where it cannot hold the whole: a field is left out by itself.

The items of a list and the pairs of a map are not left out one by one, because the others would be another list or map.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from floe_ingestion_dlt.domain.schema import ColumnType, ListOf, MapOf, StructOf
from floe_ingestion_dlt.domain.wider_types import holds

# The names that lead to a field; items of lists are below `element`, and those of maps below `value`, as in Iceberg.
FieldPath: TypeAlias = tuple[str, ...]

ELEMENT: Final = "element"
VALUE: Final = "value"


def unheld_fields(table: ColumnType, sent: ColumnType) -> tuple[FieldPath, ...] | None:
    """The fields of *sent* that must be left out so that a column of type *table* holds the others; None if that does not help."""
    if holds(table, sent):
        return ()
    match table, sent:
        case ListOf(), ListOf():
            return _below(ELEMENT, unheld_fields(table.element, sent.element))
        case MapOf(), MapOf() if holds(table.key, sent.key):
            return _below(VALUE, unheld_fields(table.value, sent.value))
        case StructOf(), StructOf():
            kinds = {field.name: field.type for field in table.fields}
            return tuple(
                path
                for field in sent.fields
                for path in _unheld(kinds.get(field.name), field.name, field.type)
            )
        case _:
            return None


def _unheld(has: ColumnType | None, name: str, sent: ColumnType) -> tuple[FieldPath, ...]:
    below = None if has is None else _below(name, unheld_fields(has, sent))
    return ((name,),) if below is None else below


def _below(name: str, paths: tuple[FieldPath, ...] | None) -> tuple[FieldPath, ...] | None:
    return None if paths is None else tuple((name, *path) for path in paths)


@final
@dataclass(frozen=True, slots=True)
class Parts:
    """A value in two: what a column holds, and the rest, which has the same shape."""

    held: object
    rest: object


def parts_of(value: object, kind: ColumnType, is_held: Callable[[object, ColumnType], bool]) -> Parts | None:
    """The *value*, an object or a list of objects, in its parts; None if no field can be left out so that a column of this *kind* holds the others."""
    if value is None or is_held(value, kind):
        return Parts(value, None)
    match kind:
        case StructOf(fields) if isinstance(value, Mapping):
            kinds = {field.name: field.type for field in fields}
            found = {str(name): _part(each, kinds.get(name), is_held) for name, each in value.items()}
            return _object(found)
        case ListOf(element) if isinstance(value, list):
            items = [parts_of(each, element, is_held) for each in value]
            known = [each for each in items if each is not None]
            if len(known) < len(items):
                return None
            rests = [each.rest for each in known if each.rest is not None]
            return Parts([each.held for each in known], rests or None)
        case MapOf(key, item) if isinstance(value, Mapping) and all(is_held(name, key) for name in value):
            pairs = {str(name): parts_of(each, item, is_held) for name, each in value.items()}
            whole = {name: each for name, each in pairs.items() if each is not None}
            return _object(whole) if len(whole) == len(pairs) else None
        case _:
            return None


def _part(value: object, kind: ColumnType | None, is_held: Callable[[object, ColumnType], bool]) -> Parts:
    return (None if kind is None else parts_of(value, kind, is_held)) or Parts(_LEFT_OUT, value)


def _object(found: Mapping[str, Parts]) -> Parts:
    held = {name: each.held for name, each in found.items() if each.held is not _LEFT_OUT}
    return Parts(held, {name: each.rest for name, each in found.items() if each.rest is not None} or None)


_LEFT_OUT: Final = object()
