"""The types of objects and lists whose items have types of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from floe_ingestion_dlt.domain.schema import Column, ColumnType, ListOf, MapOf, Scalar, StructOf
from floe_ingestion_dlt.domain.wider_types import joined, new_type, widened


class NoSharedTypeError(Exception):
    """The items of a list have types with nothing in common."""


def nested_type(value: object, plain: Callable[[object], ColumnType]) -> ColumnType | None:
    """The type of the *value*, whose items that are neither objects nor lists have their *plain* types.

    None for null, and for objects and lists with no value at all. A list whose items have nothing in common is text.
    """
    try:
        return _of(value, plain)
    except NoSharedTypeError:
        return Scalar.STRING


def new_nested_type(kinds: Iterable[ColumnType]) -> ColumnType:
    """The type of a new column for values of these kinds, in whatever order they come: structs have the fields of all."""
    every = sorted(kinds, key=str)
    lists = [kind for kind in every if isinstance(kind, ListOf)]
    structs = [kind for kind in every if isinstance(kind, StructOf)]
    plain = [kind for kind in every if not isinstance(kind, ListOf | StructOf)]
    return new_type([*plain, *(_folded(each) for each in (lists, structs) if each)])


def _folded(kinds: Sequence[ColumnType]) -> ColumnType:
    first, *others = kinds
    for kind in others:
        first = joined(first, kind) or first
    return first


def wider_column(column: ColumnType, kinds: Iterable[ColumnType]) -> ColumnType:
    """The type to which a nested *column* can grow for values of these kinds; those of the others do not fit into it."""
    for kind in sorted(kinds, key=str):
        column = widened(column, kind) or column
    return column


def known_parts(value: object, kind: ColumnType) -> object:
    """The *value* without fields that its type lacks and that have no value at all; other objects and lists without a value are null."""
    match kind:
        case StructOf(fields) if isinstance(value, Mapping):
            kinds = {field.name: field.type for field in fields}
            return {
                name: known_parts(each, kinds[name]) if name in kinds else each
                for name, each in value.items()
                if name in kinds or not _is_blank(each)
            }
        case ListOf(element) if isinstance(value, list):
            return [known_parts(each, element) for each in value]
        case MapOf() if isinstance(value, Mapping):
            return value
        case _:
            return None if _is_blank(value) else value


def _is_blank(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_blank, value.values()))
    return all(map(_is_blank, value)) if isinstance(value, list) else value is None


def _of(value: object, plain: Callable[[object], ColumnType]) -> ColumnType | None:
    if value is None:
        return None
    if isinstance(value, Mapping):
        kinds = {str(name): _of(each, plain) for name, each in value.items()}
        fields = tuple(Column(name, kind) for name, kind in kinds.items() if kind is not None)
        return StructOf(fields) if fields else None
    if isinstance(value, list):
        element = _joined(kind for kind in (_of(each, plain) for each in value) if kind is not None)
        return None if element is None else ListOf(element)
    return plain(value)


def _joined(kinds: Iterable[ColumnType]) -> ColumnType | None:
    found: ColumnType | None = None
    for kind in kinds:
        shared = kind if found is None else joined(found, kind)
        if shared is None:
            raise NoSharedTypeError
        found = shared
    return found
