"""What the type stubs of pyarrow lack: names for its generic types, and calls that they do not know."""

from __future__ import annotations

from typing import IO, Any, Protocol, TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

# Which type the values have is known at run time only, from their schema.
Array: TypeAlias = "pa.Array[Any]"
Column: TypeAlias = "pa.ChunkedArray[Any]"
Field: TypeAlias = "pa.Field[Any]"
# Numbers of rows, in order.
Places: TypeAlias = "pa.Array[pa.Int64Scalar]"


class Stream(Protocol):
    """A stream of bytes that is open for reading or writing."""

    def tell(self) -> int: ...

    def close(self) -> None: ...


def as_file(stream: Stream) -> IO[bytes]:
    """The *stream* under the type that the stubs ask for; pyarrow itself uses what streams have."""
    return cast("IO[bytes]", stream)


def row_numbers(start: int, count: int) -> Places:
    """The *count* whole numbers from *start* on."""
    numbers: Places = pa.arange(start, start + count)  # type: ignore[attr-defined]  # missing in the stubs
    return numbers


def map_of(key: Field, item: Field) -> pa.DataType:
    """The type of maps with this *key* and *item*, which keep their names and metadata."""
    kind: pa.DataType = pa.map_(key, item)  # type: ignore[call-overload]  # the stubs allow types only
    return kind


def lowest_and_highest(values: Array | Column) -> tuple[object, object]:
    """The lowest and the highest of the values, in Python's types; None and None where all are null."""
    ends = pc.min_max(values)
    return ends["min"].as_py(), ends["max"].as_py()


def lists_of(kind: pa.DataType, offsets: Array, *items: Array, mask: Array | None = None) -> Array:
    """Lists of *kind*, or maps, which need keys and values; each has the *items* between two of the *offsets*.

    Those are null at which *mask* is true.
    """
    made: type[Array] = pa.MapArray if isinstance(kind, pa.MapType) else pa.ListArray
    if is_large := isinstance(kind, pa.LargeListType):
        made = pa.LargeListArray
    places = offsets.cast(pa.int64() if is_large else pa.int32())
    lists: Array = made.from_arrays(places, *items, type=kind, mask=mask)  # type: ignore[attr-defined]  # no overload has all
    return lists
