"""Writes Iceberg's field ids into the footer of a Parquet file, and copies its data unchanged.

Every offset in a footer counts from the start of the file, so the new file is the old data, a new footer and the
footer's length. What the writer has noted beside the columns is left out: by the types that Arrow and pandas note, some readers
read columns in types for which they have no filters. Source: parquet.thrift (FileMetaData, SchemaElement) of Apache Parquet.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg.files import thrift

MAGIC: Final = b"PAR1"
ENCRYPTED_MAGIC: Final = b"PARE"
TAIL_BYTES: Final = 8
SCHEMA: Final = 2
NOTES: Final = 5
NAME: Final = 4
NUM_CHILDREN: Final = 5
FIELD_ID: Final = 9
COPY_BYTES: Final = 8 << 20

NodePath = tuple[str, ...]


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


@final
@dataclass(frozen=True, slots=True)
class FooterUnreadable:
    """The footer cannot be changed; nothing was written."""

    reason: str

    @property
    def next_step(self) -> str:
        return "Read the file and write it again with the field ids in its schema."


def copy_with_field_ids(
    source: Path, sink: Sink, ids: Mapping[NodePath, int]
) -> Result[int, FooterUnreadable]:
    """Copy *source* to *sink* with exactly *ids* in its footer, and return the size of the copy in bytes.

    *ids* has the field id of every leaf, and of each group that has one, by its path, in parts because a name may hold
    dots: ("tags",), ("tags", "list", "element"). A file without these nodes or with other leaves, or with a footer that
    cannot be parsed completely, is refused before anything is written.
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
    """The footer's bytes. The file's position is then at their start."""
    size = file.seek(0, 2)
    file.seek(0)
    if size < len(MAGIC) + TAIL_BYTES or file.read(len(MAGIC)) not in {MAGIC, ENCRYPTED_MAGIC}:
        return Failure(FooterUnreadable("the file does not start as a Parquet file does"))
    file.seek(size - TAIL_BYTES)
    length, magic = struct.unpack("<I4s", file.read(TAIL_BYTES))
    if magic == ENCRYPTED_MAGIC:
        return Failure(FooterUnreadable("the footer is encrypted"))
    start = size - TAIL_BYTES - length
    if magic != MAGIC or start < len(MAGIC):
        return Failure(FooterUnreadable("the file does not end as a Parquet file does"))
    file.seek(start)
    footer = file.read(length)
    file.seek(start)
    return Success(footer)


def _copy(file: BinaryIO, sink: Sink, size: int) -> None:
    left = size
    while left:
        chunk = file.read(min(COPY_BYTES, left))
        if not chunk:
            raise EOFError("the file became shorter while it was copied")
        sink.write(chunk)
        left -= len(chunk)


def _stamped(footer: bytes, ids: Mapping[NodePath, int]) -> Result[bytes, FooterUnreadable]:
    try:
        fields = list(thrift.fields(footer, 0))
        schema = _schema(footer, fields)
        nodes = _nodes(footer, schema.start)
    except thrift.MalformedError as error:
        return Failure(FooterUnreadable(str(error)))
    if (problem := _mismatch(nodes[1:], ids)) is not None:
        return Failure(FooterUnreadable(problem))
    header = footer[schema.start : thrift.list_header(footer, schema.start)[2]]
    stamped = header + b"".join(_written(footer, node, ids.get(node.path)) for node in nodes)
    kept = [
        (field.id, field.kind, stamped if field == schema else footer[field.start : field.end])
        for field in fields[:-1]
        if field.id != NOTES
    ]
    return Success(thrift.struct(kept))


@final
@dataclass(frozen=True, slots=True)
class _Node:
    """A node of the Parquet schema: its path in the tree, and its fields in the footer."""

    path: NodePath
    children: int
    fields: tuple[thrift.Field, ...]


def _schema(footer: bytes, fields: list[thrift.Field]) -> thrift.Field:
    schemas = [field for field in fields if field.id == SCHEMA]
    if len(schemas) != 1 or schemas[0].kind != thrift.LIST:
        raise thrift.MalformedError("the footer has no schema, or several")
    if fields[-1].end != len(footer):  # such as the signature of a file with encrypted columns
        raise thrift.MalformedError("the footer goes on after its end")
    return schemas[0]


def _nodes(footer: bytes, at: int) -> list[_Node]:
    """The schema's nodes in the order of the footer: depth first, beginning with the root."""
    size, kind, at = thrift.list_header(footer, at)
    if kind != thrift.STRUCT or size == 0:
        raise thrift.MalformedError("the schema is not a list of nodes")
    nodes: list[_Node] = []
    pending: list[NodePath] = []  # the parents of the following nodes; the last one is that of the next node
    for number in range(size):
        fields = tuple(thrift.fields(footer, at))
        at = fields[-1].end
        if number and not pending:
            raise thrift.MalformedError("a node has no parent")
        path = (*pending.pop(), _name(footer, fields)) if number else ()
        children = _children(footer, fields)
        if len(pending) + children > size:
            raise thrift.MalformedError("a node has more children than there are nodes")
        pending += [path] * children
        nodes.append(_Node(path, children, fields[:-1]))
    if pending:
        raise thrift.MalformedError("a node lacks children")
    return nodes


def _name(footer: bytes, fields: tuple[thrift.Field, ...]) -> str:
    name = _last(fields, NAME)
    if name is None or name.kind != thrift.BINARY:
        raise thrift.MalformedError("a node has no name")
    return thrift.text(footer, name.start)


def _children(footer: bytes, fields: tuple[thrift.Field, ...]) -> int:
    count = _last(fields, NUM_CHILDREN)
    if count is None:
        return 0
    number = thrift.unzigzag(thrift.varint(footer, count.start)[0]) if count.kind == thrift.I32 else -1
    if number < 0:
        raise thrift.MalformedError("a node's children cannot be counted")
    return number


def _last(fields: tuple[thrift.Field, ...], number: int) -> thrift.Field | None:
    """The last field with this id: Thrift's readers use it if a writer repeats a field."""
    return next((field for field in reversed(fields) if field.id == number), None)


def _mismatch(nodes: list[_Node], ids: Mapping[NodePath, int]) -> str | None:
    times = Counter(node.path for node in nodes)
    twice = [path for path in times if times[path] > 1]
    missing = [path for path in ids if path not in times]
    without = [node.path for node in nodes if not node.children and node.path not in ids]
    for paths, what in (
        (twice, "stands twice"),
        (missing, "is not in the file"),
        (without, "has no field id"),
    ):
        if paths:
            return f"column {'.'.join(paths[0])} {what}"
    return None


def _written(footer: bytes, node: _Node, field_id: int | None) -> bytes:
    values = [
        (field.id, field.kind, footer[field.start : field.end])
        for field in node.fields
        if field.id != FIELD_ID
    ]
    if field_id is not None:
        values.append((FIELD_ID, thrift.I32, thrift.to_varint(thrift.zigzag(field_id))))
    return thrift.struct(values)
