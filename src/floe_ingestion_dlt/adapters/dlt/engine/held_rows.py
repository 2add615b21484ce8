"""Rows that dlt holds until it writes them: it counts them, and they may have any size."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, final

import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.arrow.sizes import bytes_of
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform, dlt_json

# What a number, a time or the like counts.
VALUE_BYTES: Final = 8


def written_in_time(resource: DltResource, write: Callable[[], None], most: int) -> DltResource:
    """*resource*, of whose rows dlt holds no more than *most* bytes and the last item: *write* lets it write those that it holds.

    Rows are larger in memory than they are counted: each value of Python has 50 bytes or more.
    """
    held = _Held(write, most)
    resource.add_step(_Counting(held))
    return resource


@final
class _Held:
    """The bytes of the rows that are held."""

    def __init__(self, write: Callable[[], None], most: int) -> None:
        self._write, self._most = write, most
        self._bytes = 0

    def add(self, size: int) -> None:
        if self._bytes and self._bytes + size > self._most:
            self._write()
            self._bytes = 0
        self._bytes += size


@final
class _Counting(ItemTransform[object, dict[str, object]]):
    # After all other steps, which may remove or change rows.
    placement_affinity: ClassVar[float] = 1.3

    def __init__(self, held: _Held) -> None:
        super().__init__(lambda item: item)
        self._held = held

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        self._held.add(size_of(item))
        return item


def size_of(item: object) -> int:
    """About the bytes of an item: those of its tables, and those of its rows as JSON."""
    tables = [
        each
        for each in (item if isinstance(item, list) else [item])
        if isinstance(each, pa.Table | pa.RecordBatch)
    ]
    if tables:
        return sum(map(bytes_of, tables))
    try:
        return len(dlt_json.dumpb(item))
    except TypeError:  # numbers of more than 64 bits, for one
        return _walked(item)


def _walked(item: object) -> int:
    """The characters of the texts, and a few bytes for each other value."""
    size, waiting = 0, [item]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str | bytes):
            size += len(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        else:
            size += VALUE_BYTES
    return size
