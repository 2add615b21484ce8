"""Arrow's types for those of Avro, and how values are converted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

import pyarrow as pa

from floe_ingestion_dlt.adapters.arrow.types import from_arrow, to_arrow
from floe_ingestion_dlt.adapters.sources.columns import TIMESTAMP, TIMESTAMPTZ, Kind, kind_of
from floe_ingestion_dlt.adapters.sources.json_texts import json_of
from floe_ingestion_dlt.domain.schema import Column, variant_name
from floe_ingestion_dlt.domain.wider_types import widened

# A schema as Avro writes it: JSON.
Schema: TypeAlias = object
Read: TypeAlias = Callable[[object], object]

_PLAIN: Final[Mapping[str, pa.DataType]] = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "bytes": pa.binary(),
    "enum": pa.string(),
}
_LOGICAL: Final[Mapping[tuple[str, str], pa.DataType]] = {
    ("int", "date"): pa.date32(),
    ("int", "time-millis"): pa.time64("us"),
    ("long", "time-micros"): pa.time64("us"),
    ("long", "timestamp-millis"): TIMESTAMPTZ,
    ("long", "timestamp-micros"): TIMESTAMPTZ,
    ("long", "timestamp-nanos"): TIMESTAMPTZ,
    ("long", "local-timestamp-millis"): TIMESTAMP,
    ("long", "local-timestamp-micros"): TIMESTAMP,
    ("long", "local-timestamp-nanos"): TIMESTAMP,
}
_NANOS: Final = frozenset({"timestamp-nanos", "local-timestamp-nanos"})
_KINDS: Final[tuple[tuple[Callable[[pa.DataType], bool], Kind], ...]] = (
    (pa.types.is_boolean, Kind.BOOL),
    (pa.types.is_integer, Kind.INT),
    (pa.types.is_floating, Kind.FLOAT),
    (pa.types.is_decimal, Kind.DECIMAL),
    (pa.types.is_date, Kind.DATE),
    (pa.types.is_time, Kind.TIME),
    (pa.types.is_string, Kind.TEXT),
    (pa.types.is_binary, Kind.BINARY),
    (pa.types.is_fixed_size_binary, Kind.BINARY),
)


class TooFineError(ValueError):
    """A time has parts of a microsecond, for which Iceberg has no room."""


@final
@dataclass(frozen=True, slots=True)
class AvroType:
    """A type in Arrow, and how a value that is not null is *read* as one of it; the value itself if there is nothing to do."""

    kind: pa.DataType
    read: Read | None = None

    def value(self, value: object) -> object:
        return value if value is None or self.read is None else self.read(value)


@final
@dataclass(frozen=True, slots=True)
class Field:
    """A column of the *name* for the values of the source's field *of* another; a union of types with nothing in common has several."""

    name: str
    of: str
    type: AvroType
    takes: Callable[[object], bool] | None = None

    def values(self, rows: Sequence[Mapping[str, object]]) -> list[object]:
        found = (row[self.of] for row in rows)
        if self.takes is None:
            return [self.type.value(value) for value in found]
        return [
            self.type.value(value) if value is not None and self.takes(value) else None for value in found
        ]


@final
class AvroTypes:
    """The types of a schema, whose named types may be used again by their names."""

    def __init__(self) -> None:
        self._named: dict[str, AvroType] = {}
        self._unfinished: set[str] = set()

    def fields(self, schema: Schema) -> list[Field] | None:
        """The columns for a schema of records; None if it is of something else."""
        if not isinstance(schema, Mapping) or schema.get("type") not in {"record", "error"}:
            return None
        space, name = _space_and_name(schema, "")
        self._unfinished.add(name)
        fields = _fields(schema)
        names = {str(field["name"]) for field in fields}
        return [column for field in fields for column in self._columns(field, space, names)]

    def _columns(self, field: Mapping[str, object], space: str, names: set[str]) -> list[Field]:
        name = str(field["name"])
        first, *others = self._branches(field["type"], space) or [AvroType(pa.null())]
        if not others:
            return [Field(name, name, _with_uuids(field["type"], first))]
        columns = [Field(name, name, first, _takes(first.kind))]
        for other in others:
            variant = variant_name(Column(name, from_arrow(other.kind)))
            columns.append(
                Field(variant if variant not in names else f"{variant}_2", name, other, _takes(other.kind))
            )
        return columns

    def _branches(self, schema: Schema, space: str) -> list[AvroType]:
        """The types of a union that are not null, those of numbers joined; one type if it is no union."""
        if not isinstance(schema, list):
            return [self._type(schema, space)]
        found: list[AvroType] = []
        for branch in (self._type(each, space) for each in schema if each != "null"):
            for place, other in enumerate(found):
                if (joined := _joined(other, branch)) is not None:
                    found[place] = joined
                    break
            else:
                found.append(branch)
        return found

    def _type(self, schema: Schema, space: str) -> AvroType:
        if isinstance(schema, list):
            branches = self._branches(schema, space)
            if len(branches) == 1:
                return branches[0]
            return AvroType(pa.string(), json_of) if branches else AvroType(pa.null())
        if isinstance(schema, Mapping):
            kind = schema.get("type")
            is_named = isinstance(kind, str)
            return self._described(schema, str(kind), space) if is_named else self._type(kind, space)
        return self._by_name(str(schema), space)

    def _described(self, schema: Mapping[str, Schema], kind: str, space: str) -> AvroType:
        match kind:
            case "array":
                found = _list(self._type(schema["items"], space))
            case "map":
                found = _map(self._type(schema["values"], space))
            case "record" | "error":
                found = self._record(schema, space)
            case "enum" | "fixed":
                found = self._named[_space_and_name(schema, space)[1]] = _logical(schema)
            case _ if kind in _PLAIN:
                found = _logical(schema)
            case _:
                found = self._by_name(kind, space)
        return found

    def _by_name(self, name: str, space: str) -> AvroType:
        if name in _PLAIN:
            return AvroType(_PLAIN[name])
        full = name if "." in name or not space else f"{space}.{name}"
        full = full if full in self._named or full in self._unfinished else name
        # a type that has itself as a part has no end
        return AvroType(pa.string(), json_of) if full in self._unfinished else self._named[full]

    def _record(self, schema: Mapping[str, Schema], space: str) -> AvroType:
        space, name = _space_and_name(schema, space)
        self._unfinished.add(name)
        types = {str(field["name"]): self._type(field["type"], space) for field in _fields(schema)}
        self._unfinished.discard(name)
        found = AvroType(
            pa.struct([(field, each.kind) for field, each in types.items()]), _record_reader(types)
        )
        self._named[name] = found
        return found


def _record_reader(types: Mapping[str, AvroType]) -> Read | None:
    if all(each.read is None for each in types.values()):
        return None

    def read(value: object) -> object:
        items = value.items() if isinstance(value, dict) else ()
        return {name: types[name].value(each) for name, each in items}

    return read


def _list(item: AvroType) -> AvroType:
    read: Read | None = None
    if item.read is not None:
        read = lambda value: [item.value(each) for each in value] if isinstance(value, list) else value  # noqa: E731
    return AvroType(pa.list_(item.kind), read)


def _map(item: AvroType) -> AvroType:
    def read(value: object) -> object:
        return [(k, item.value(v)) for k, v in value.items()] if isinstance(value, dict) else value

    return AvroType(pa.map_(pa.string(), item.kind), read)


def _logical(schema: Mapping[str, Schema]) -> AvroType:
    """The type of a plain schema, or of its logical type; one that is not known is ignored, as Avro has it."""
    kind, logical = str(schema["type"]), str(schema.get("logicalType"))
    if logical == "decimal":
        precision, scale = schema.get("precision"), schema.get("scale", 0)
        if isinstance(precision, int) and isinstance(scale, int) and 0 <= scale <= precision:
            large = precision > pa.decimal128(38).precision
            return AvroType((pa.decimal256 if large else pa.decimal128)(precision, scale))
    if logical == "uuid" and kind in {"string", "fixed"}:
        return AvroType(pa.string(), _uuid_text)
    if kind == "fixed":
        size = schema["size"]
        return AvroType(pa.binary(size if isinstance(size, int) else -1))
    found = _LOGICAL.get((kind, logical), _PLAIN[kind])
    return AvroType(found, _micros if logical in _NANOS else None)


def _with_uuids(schema: Schema, found: AvroType) -> AvroType:
    """The type of UUIDs for a column of them; lists and structs have them as texts, because Arrow cannot make such."""
    branches = [each for each in (schema if isinstance(schema, list) else [schema]) if each != "null"]
    is_uuid = (
        len(branches) == 1 and isinstance(branches[0], Mapping) and branches[0].get("logicalType") == "uuid"
    )
    return replace(found, kind=pa.uuid(), read=_uuid_bytes) if is_uuid and found.read is _uuid_text else found


def _uuid(value: object) -> uuid.UUID:
    if isinstance(value, uuid.UUID):
        return value
    return uuid.UUID(bytes=value) if isinstance(value, bytes) else uuid.UUID(str(value))


def _uuid_text(value: object) -> object:
    return str(_uuid(value))


def _uuid_bytes(value: object) -> object:
    return _uuid(value).bytes


def _micros(value: object) -> object:
    micros, rest = divmod(value, 1000) if isinstance(value, int) else (value, 0)
    if rest:
        raise TooFineError
    return micros


def _joined(one: AvroType, other: AvroType) -> AvroType | None:
    """One type for both branches of a union, if no value is changed by it."""
    if one == other:
        return one
    is_plain = all(pa.types.is_integer(each.kind) or pa.types.is_floating(each.kind) for each in (one, other))
    if not is_plain or one.read or other.read:
        return None
    kinds = from_arrow(one.kind), from_arrow(other.kind)
    wider = widened(*kinds) or widened(kinds[1], kinds[0])
    return None if wider is None else AvroType(to_arrow(wider))


def _takes(kind: pa.DataType) -> Callable[[object], bool]:
    """Whether a value of a union is of the branch with this type."""
    if pa.types.is_struct(kind):
        names = {field.name for field in kind}
        return lambda value: isinstance(value, dict) and value.keys() == names
    if pa.types.is_map(kind):
        return lambda value: isinstance(value, dict)
    if pa.types.is_list(kind):
        return lambda value: isinstance(value, list)
    if pa.types.is_timestamp(kind):
        wanted = {Kind.AWARE if kind.tz else Kind.NAIVE}
    else:
        wanted = {found for fits, found in _KINDS if fits(kind)}
        wanted |= {Kind.UUID} if Kind.TEXT in wanted else set()
    return lambda value: kind_of(value) in wanted


def _space_and_name(schema: Mapping[str, Schema], space: str) -> tuple[str, str]:
    """The namespace in which names of a type's parts are found, and the type's full name."""
    name = str(schema["name"])
    if "." in name:
        return name.rpartition(".")[0], name
    space = str(schema.get("namespace", space))
    return space, f"{space}.{name}" if space else name


def _fields(schema: Mapping[str, Schema]) -> list[Mapping[str, Schema]]:
    fields = schema["fields"]
    return [field for field in fields if isinstance(field, Mapping)] if isinstance(fields, list) else []
