"""Just enough of Thrift's compact protocol to find one field and copy the rest unchanged.

Source: Apache Thrift, "Thrift compact protocol encoding". Nothing here knows of Parquet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

BOOLEANS: Final = (1, 2)
BYTE: Final = 3
INTEGERS: Final = (4, 5, 6)
I32: Final = 5
DOUBLE: Final = 7
BINARY: Final = 8
LISTS: Final = (9, 10)
LIST: Final = 9
MAP: Final = 11
STRUCT: Final = 12

LONG_SIZE: Final = 15
DEEPEST: Final = 64


class MalformedError(Exception):
    """The bytes are not valid Thrift. Whoever reads a footer catches it."""


@final
@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct: its id, its type, and the position of its value in the bytes."""

    id: int
    kind: int
    start: int
    end: int


def varint(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned number, and where it ends."""
    value = shift = 0
    while at < len(data) and shift < LONG_SIZE * 5:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value, at
        shift += 7
    raise MalformedError("a number does not end")


def to_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - see varint
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value: int) -> int:
    """The unsigned number that stands for a small signed one."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def unzigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def text(data: bytes, at: int) -> str:
    length, start = varint(data, at)
    if start + length > len(data):
        raise MalformedError("a text does not end")
    try:
        return data[start : start + length].decode()
    except UnicodeDecodeError as error:
        raise MalformedError("a text is not UTF-8") from error


def fields(data: bytes, at: int, depth: int = 0) -> Iterator[Field]:
    """The fields of the struct that starts at *at*; the last one, of kind 0, stands for the end of the struct."""
    number = 0
    while True:
        header, at = _byte(data, at)
        if header == 0:
            yield Field(0, 0, at, at)
            return
        delta, kind = header >> 4, header & 0x0F
        if delta:
            number += delta
        else:
            long_form, at = varint(data, at)
            number = unzigzag(long_form)
        end = skip(data, at, kind, depth)
        yield Field(number, kind, at, end)
        at = end


def list_header(data: bytes, at: int) -> tuple[int, int, int]:
    """How many elements a list has, of which kind, and where the first one starts."""
    header, at = _byte(data, at)
    size, kind = header >> 4, header & 0x0F
    if size == LONG_SIZE:
        size, at = varint(data, at)
    return size, kind, at


def skip(data: bytes, at: int, kind: int, depth: int = 0) -> int:
    """Where a value of *kind* ends."""
    if depth > DEEPEST:
        raise MalformedError("structs are nested too deeply")
    if kind in BOOLEANS:
        end = at
    elif kind == BYTE:
        end = at + 1
    elif kind in INTEGERS:
        end = varint(data, at)[1]
    elif kind == DOUBLE:
        end = at + 8
    elif kind == BINARY:
        length, start = varint(data, at)
        end = start + length
    elif kind in LISTS:
        end = _skip_list(data, at, depth)
    elif kind == STRUCT:
        end = [field.end for field in fields(data, at, depth + 1)][-1]
    else:
        raise MalformedError(f"a value of the unknown type {kind}")
    if end > len(data):
        raise MalformedError("a value does not end")
    return end


def _skip_list(data: bytes, at: int, depth: int) -> int:
    size, kind, at = list_header(data, at)
    if size > len(data):
        raise MalformedError("a list is longer than the bytes")
    for _ in range(size):
        at = at + 1 if kind in BOOLEANS else skip(data, at, kind, depth + 1)
    return at


def _byte(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise MalformedError("the bytes end too early")
    return data[at], at + 1


def struct(values: list[tuple[int, int, bytes]]) -> bytes:
    """A struct of fields (id, kind, value), in the order of their ids."""
    out, last = bytearray(), 0
    for number, kind, value in sorted(values, key=lambda field: field[0]):
        delta = number - last
        out += (
            bytes([delta << 4 | kind])
            if 0 < delta < 16  # noqa: PLR2004 - four bits
            else bytes([kind]) + to_varint(zigzag(number))
        )
        out += value
        last = number
    out.append(0)
    return bytes(out)
