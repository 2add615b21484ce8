"""Parquet files to test with: tables of any shape, the paths of their nodes, and files made by hand."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from returns.result import Result

from floe_ingestion_dlt.adapters.iceberg.files import thrift
from floe_ingestion_dlt.adapters.iceberg.files.footer import FooterUnreadable, copy_with_field_ids

NodePath = tuple[str, ...]

INTEGERS: Mapping[pa.DataType, tuple[int, int]] = {
    pa.int8(): (-(2**7), 2**7 - 1),
    pa.int32(): (-(2**31), 2**31 - 1),
    pa.int64(): (-(2**63), 2**63 - 1),
    pa.uint16(): (0, 2**16 - 1),
    pa.uint64(): (0, 2**64 - 1),
    pa.date32(): (-10_000, 10_000),
    pa.time32("ms"): (0, 86_399_999),
    pa.time64("us"): (0, 86_399_999_999),
    pa.timestamp("ms"): (-(10**12), 10**12),
    pa.timestamp("us"): (-(10**15), 10**15),
    pa.timestamp("us", "UTC"): (-(10**15), 10**15),
}
OTHERS: Mapping[pa.DataType, st.SearchStrategy[Any]] = {
    pa.null(): st.none(),
    pa.bool_(): st.booleans(),
    pa.float32(): st.floats(width=32, allow_nan=False),
    pa.float64(): st.floats(allow_nan=False),
    pa.string(): st.text(max_size=5),
    pa.large_string(): st.text(max_size=5),
    pa.binary(): st.binary(max_size=5),
    pa.binary(4): st.binary(min_size=4, max_size=4),
    pa.decimal128(9, 2): st.decimals("-999", "999", places=2),
    pa.decimal128(38, 10): st.decimals("-999", "999", places=10),
}
LEAVES = st.sampled_from((*INTEGERS, *OTHERS))
NAMES = st.sampled_from(
    ("a", "A", "a.b", "list", "element", "key_value", " ", "`q\"'", "größe", "列\n", "x" * 200)
)


def nested(inner: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[pa.DataType]:
    return st.one_of(
        st.builds(pa.list_, inner),
        st.builds(pa.large_list, inner),
        st.builds(pa.map_, st.just(pa.string()), inner),
        st.builds(pa.struct, fields(inner)),
    )


def fields(types: st.SearchStrategy[pa.DataType]) -> st.SearchStrategy[list[tuple[str, pa.DataType]]]:
    return st.lists(st.tuples(NAMES, types), min_size=1, max_size=4, unique_by=lambda field: field[0])


def values(kind: pa.DataType) -> st.SearchStrategy[Any]:
    if kind in INTEGERS:
        return st.none() | st.integers(*INTEGERS[kind])
    if kind in OTHERS:
        return st.none() | OTHERS[kind]
    if pa.types.is_map(kind):
        return st.none() | st.lists(st.tuples(st.text(max_size=3), values(kind.item_type)), max_size=2)
    if pa.types.is_struct(kind):
        return st.none() | st.fixed_dictionaries({field.name: values(field.type) for field in kind})
    return st.none() | st.lists(values(kind.value_type), max_size=2)  # type: ignore[attr-defined]  # a list's


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    columns = draw(fields(st.recursive(LEAVES, nested, max_leaves=4)))
    size = draw(st.integers(0, 5))
    arrays = [
        pa.array(draw(st.lists(values(kind), min_size=size, max_size=size)), kind) for _, kind in columns
    ]
    if draw(st.booleans()):
        columns.append(("coded", pa.dictionary(pa.int32(), pa.string())))
        arrays.append(pa.array(["x"] * size).dictionary_encode())
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


WRITINGS = st.fixed_dictionaries(
    {
        "row_group_size": st.sampled_from((1, 2, 1000)),
        "compression": st.sampled_from(("none", "snappy", "gzip", "zstd")),
        "use_dictionary": st.booleans(),
        "write_statistics": st.booleans(),
        "write_page_index": st.booleans(),
        "write_page_checksum": st.booleans(),
        "data_page_version": st.sampled_from(("1.0", "2.0")),
        "store_schema": st.booleans(),
    }
)


def nodes(schema: pa.Schema) -> Iterator[tuple[NodePath, bool]]:
    """Every node of the Parquet file that a table of *schema* becomes, in the footer's order, and whether it has an id."""
    for field in schema:
        yield from nodes_of((field.name,), field.type)


def nodes_of(path: NodePath, kind: pa.DataType) -> Iterator[tuple[NodePath, bool]]:
    yield path, True
    if pa.types.is_struct(kind):
        for field in kind:
            yield from nodes_of((*path, field.name), field.type)
    elif pa.types.is_map(kind):
        yield (*path, "key_value"), False
        yield from nodes_of((*path, "key_value", "key"), kind.key_type)
        yield from nodes_of((*path, "key_value", "value"), kind.item_type)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield (*path, "list"), False
        yield from nodes_of((*path, "list", "element"), kind.value_type)


def ids_for(schema: pa.Schema) -> dict[NodePath, int]:
    """An id for each node, but not for the groups that only make a list or a map."""
    return {path: 100 + number for number, (path, has_id) in enumerate(nodes(schema)) if has_id}


def ids_in(schema: pa.Schema) -> dict[NodePath, int]:
    """The ids that pyarrow reads from a file's fields."""
    return {path: found for field in schema for path, found in ids_below((field.name,), field)}


def ids_below(path: NodePath, field: pa.Field[Any]) -> Iterator[tuple[NodePath, int]]:
    if field.metadata and b"PARQUET:field_id" in field.metadata:
        yield path, int(field.metadata[b"PARQUET:field_id"])
    kind = field.type
    if pa.types.is_struct(kind):
        for child in kind:
            yield from ids_below((*path, child.name), child)
    elif pa.types.is_map(kind):
        yield from ids_below((*path, "key_value", "key"), kind.key_field)
        yield from ids_below((*path, "key_value", "value"), kind.item_field)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        yield from ids_below((*path, "list", "element"), kind.value_field)


def attempt(source: Path, ids: Mapping[NodePath, int]) -> tuple[Result[int, FooterUnreadable], bytes]:
    sink = io.BytesIO()
    return copy_with_field_ids(source, sink, ids), sink.getvalue()


SAMPLE = pa.table(
    {
        "id": pa.array([1, 2, None]),
        "name": ["ann", None, "zoë"],
        "tags": [["x"], [], None],
        "m": pa.array([[("k", 1.5)], None, []], pa.map_(pa.string(), pa.float64())),
        "s": [{"x": True, "y": b"1"}, None, {"x": None, "y": None}],
    }
)


def written(folder: Path, table: pa.Table, *, has_notes: bool = True) -> Path:
    """A file; with notes, its footer has the types of Arrow, too."""
    source = folder / "sample.parquet"
    pq.write_table(table, source, write_page_index=True, store_schema=has_notes)
    return source


def footer_start(content: bytes | bytearray) -> int:
    (length,) = struct.unpack("<I", content[-8:-4])
    return len(content) - 8 - int(length)


def framed(footer: bytes) -> bytes:
    return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"


def bare_file(
    names: list[str], extra: list[tuple[int, int, bytes]] | None = None, root_children: int | None = None
) -> bytes:
    """A Parquet file without rows, of optional int64 columns with *extra* fields in the footer's schema."""
    children = len(names) if root_children is None else root_children
    root = thrift.struct([(4, thrift.BINARY, b"\x06schema"), (5, thrift.I32, number(children))])
    replaced = {field for field, _, _ in extra or []}
    leaf = [(1, thrift.I32, number(2)), (3, thrift.I32, number(1))]
    leaves = [
        thrift.struct([*leaf, *([] if 4 in replaced else [(4, thrift.BINARY, text(name))]), *(extra or [])])
        for name in names
    ]
    schema = bytes([(len(names) + 1) << 4 | thrift.STRUCT]) + root + b"".join(leaves)
    rows, groups = (3, 6, number(0)), (4, thrift.LIST, bytes([thrift.STRUCT]))
    return framed(thrift.struct([(1, thrift.I32, number(2)), (2, thrift.LIST, schema), rows, groups]))


def number(value: int) -> bytes:
    return thrift.to_varint(thrift.zigzag(value))


def text(value: str) -> bytes:
    return thrift.to_varint(len(value)) + value.encode()
