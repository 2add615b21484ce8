"""Iceberg's field ids in the footer of a Parquet file, whose data is copied as it is.

Every offset in a footer counts from the start of the file, so a stamped file is the old data, a new footer and the
footer's length. Source: parquet.thrift (FileMetaData, SchemaElement) of Apache Parquet.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg import thrift

MAGIC: Final = b"PAR1"
TAIL_BYTES: Final = 8
SCHEMA: Final = 2
NAME: Final = 4
NUM_CHILDREN: Final = 5
FIELD_ID: Final = 9
COPY_BYTES: Final = 8 << 20


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


@final
@dataclass(frozen=True, slots=True)
class FooterUnreadable:
    """The footer cannot be stamped; nothing was written."""

    reason: str


def copy_with_field_ids(
    source: Path, sink: Sink, ids: Mapping[tuple[str, ...], int]
) -> Result[int, FooterUnreadable]:
    """Copy *source* to *sink* with *ids* in its footer, and give the size of the copy in bytes.

    *ids* has the field id of every node by its path: ("tags",), ("tags", "list", "element"). A file that has other nodes
    than these, or a footer that is not understood to the last byte, is refused before anything is written.
    """
    with source.open("rb") as file:
        stamped = _footer(file).bind(lambda footer: _stamped(footer, ids))
        if isinstance(stamped, Failure):
            return stamped
        start, footer = file.tell(), stamped.unwrap()
        file.seek(0)
        _copy(file, sink, start)
    sink.write(footer + struct.pack("<I", len(footer)) + MAGIC)
    return Success(start + len(footer) + TAIL_BYTES)


def _footer(file: BinaryIO) -> Result[bytes, FooterUnreadable]:
    """The footer's bytes; the file is left at the place where they start."""
    size = file.seek(0, 2)
    if size < TAIL_BYTES + len(MAGIC):
        return Failure(FooterUnreadable("the file is too short for Parquet"))
    file.seek(size - TAIL_BYTES)
    length, magic = struct.unpack("<I4s", file.read(TAIL_BYTES))
    start = size - TAIL_BYTES - length
    if magic != MAGIC or start < len(MAGIC):
        return Failure(FooterUnreadable("the file does not end as a plain Parquet file does"))
    file.seek(start)
    footer = file.read(length)
    file.seek(start)
    return Success(footer)


def _copy(file: BinaryIO, sink: Sink, size: int) -> None:
    left = size
    while left:
        chunk = file.read(min(COPY_BYTES, left))
        sink.write(chunk)
        left -= len(chunk)


def _stamped(footer: bytes, ids: Mapping[tuple[str, ...], int]) -> Result[bytes, FooterUnreadable]:
    try:
        fields = list(thrift.fields(footer, 0))
        schema = next((f for f in fields if (f.id, f.kind) == (SCHEMA, thrift.LIST)), None)
        if schema is None or fields[-1].end != len(footer):
            return Failure(FooterUnreadable("the footer has no schema, or does not end with itself"))
        elements = _elements(footer, schema.start)
    except thrift.MalformedError as error:
        return Failure(FooterUnreadable(str(error)))
    if {element.path for element in elements[1:]} != set(ids):
        return Failure(FooterUnreadable("the file's columns are not those of the table"))
    header_end = thrift.list_header(footer, schema.start)[2]
    written = b"".join(_written(footer, element, ids.get(element.path)) for element in elements)
    return Success(footer[:header_end] + written + footer[schema.end :])


@final
@dataclass(frozen=True, slots=True)
class _Element:
    """A node of the Parquet schema: where it is in the tree, and its fields in the footer."""

    path: tuple[str, ...]
    fields: tuple[thrift.Field, ...]


def _elements(footer: bytes, at: int) -> list[_Element]:
    """The schema's nodes in the order in which the footer has them, which is that of a walk, the root first."""
    size, kind, at = thrift.list_header(footer, at)
    if kind != thrift.STRUCT or size == 0:
        raise thrift.MalformedError("the schema is not a list of nodes")
    elements: list[_Element] = []
    parents: list[
        tuple[tuple[str, ...], int]
    ] = []  # a parent's path, and how many of its children are still to come
    for number in range(size):
        fields = tuple(thrift.fields(footer, at))
        at = fields[-1].end
        name, children = _name_and_children(footer, fields)
        path = () if number == 0 else (*_parent(parents), name)
        elements.append(_Element(path, fields[:-1]))
        if children:
            parents.append((path, children))
    return elements


def _parent(parents: list[tuple[tuple[str, ...], int]]) -> tuple[str, ...]:
    """The path of the node whose child comes next; its count of children to come goes down by one."""
    if not parents:
        raise thrift.MalformedError("a node has no parent")
    path, left = parents.pop()
    if left > 1:
        parents.append((path, left - 1))
    return path


def _name_and_children(footer: bytes, fields: tuple[thrift.Field, ...]) -> tuple[str, int]:
    by_id = {field.id: field for field in fields}
    if NAME not in by_id or by_id[NAME].kind != thrift.BINARY:
        raise thrift.MalformedError("a node has no name")
    children = by_id.get(NUM_CHILDREN)
    count = 0 if children is None else thrift.unzigzag(thrift.varint(footer, children.start)[0])
    return thrift.text(footer, by_id[NAME].start), count


def _written(footer: bytes, element: _Element, field_id: int | None) -> bytes:
    values = [
        (field.id, field.kind, footer[field.start : field.end])
        for field in element.fields
        if field.id != FIELD_ID or field_id is None
    ]
    if field_id is not None:
        values.append((FIELD_ID, thrift.I32, thrift.to_varint(thrift.zigzag(field_id))))
    return thrift.struct(values)
