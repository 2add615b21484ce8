"""Several iterators at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from functools import partial

import pytest

from floe_ingestion_dlt.adapters.system.merged import merged

SECONDS = 5


class Readers:
    """Readers that count which of them have ended."""

    def __init__(self) -> None:
        self.ended = list[str]()
        self.is_cut = threading.Event()

    def read(self, name: str, count: int, error: BaseException | None = None) -> Generator[str, None, None]:
        try:
            for number in range(count):
                yield f"{name}{number}"
            if error is not None:
                raise error
        finally:
            self.ended.append(name)

    def stuck(self) -> Generator[str, None, None]:
        self.is_cut.wait(SECONDS)
        self.ended.append("stuck")
        yield from ()

    def merged(self, *readers: partial[Generator[str, None, None]]) -> Generator[str, None, None]:
        return merged(readers, self.is_cut.set)


def test_all_items_come_once_and_those_of_one_reader_in_order() -> None:
    readers = Readers()
    found = list(readers.merged(partial(readers.read, "a", 50), partial(readers.read, "b", 3)))
    assert sorted([*(f"a{n}" for n in range(50)), "b0", "b1", "b2"]) == sorted(found)
    assert [f"a{n}" for n in range(50)] == [item for item in found if item[0] == "a"]
    assert {"a", "b"} == set(readers.ended)
    assert not readers.is_cut.is_set()


def test_they_run_at_once() -> None:
    both = threading.Barrier(2)

    def read() -> Generator[int, None, None]:
        both.wait(SECONDS)
        yield 1

    assert [1, 1] == list(merged([read, read], lambda: None))


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_the_first_error_is_raised_and_ends_all(error: BaseException) -> None:
    readers = Readers()
    began = time.monotonic()
    with pytest.raises(type(error)):
        list(readers.merged(partial(readers.read, "a", 3, error), partial(readers.stuck)))
    assert time.monotonic() - began < SECONDS
    assert {"a", "stuck"} == set(readers.ended)


def test_readers_end_if_nobody_wants_their_items() -> None:
    readers = Readers()
    items = readers.merged(partial(readers.read, "a", 10**9), partial(readers.read, "b", 10**9))
    assert next(items)[0] in "ab"
    items.close()
    assert readers.is_cut.is_set()
    assert {"a", "b"} == set(readers.ended)


def test_an_item_of_a_reader_waits_until_it_is_wanted_and_no_more() -> None:
    made = 0

    def read() -> Generator[int, None, None]:
        nonlocal made
        for number in range(100):
            made += 1
            yield number

    items = merged([read], lambda: None)
    next(items)
    time.sleep(0.3)
    assert made <= 3
    items.close()
