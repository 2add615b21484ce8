"""Several iterators at once, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from queue import Full, Queue
from threading import Event
from typing import Final, Generic, TypeAlias, TypeVar, final

ItemT = TypeVar("ItemT")
Read: TypeAlias = Callable[[], Generator[ItemT, None, None]]

# How often a thread looks whether anybody still waits for its item.
_LOOK_SECONDS: Final = 0.1


def merged(readers: Sequence[Read[ItemT]], cut: Callable[[], None]) -> Generator[ItemT, None, None]:
    """The items of all *readers*, in any order; one item of each waits. Raises the first error.

    After an error, or if not all items are wanted, *cut* is called, which should end what the readers wait for.
    """
    waiting = _Waiting[ItemT](len(readers))
    with ThreadPoolExecutor(len(readers), "reader") as threads:
        try:
            for read in readers:
                threads.submit(waiting.take, read)
            yield from waiting.items(len(readers))
        except BaseException:
            waiting.is_over.set()
            cut()
            raise


@final
class _Waiting(Generic[ItemT]):
    """Items that wait; a reader that has none any more puts None, or its error."""

    def __init__(self, most: int) -> None:
        self._queue: Queue[list[ItemT] | BaseException | None] = Queue(most)
        self.is_over = Event()

    def take(self, read: Read[ItemT]) -> None:
        try:
            with closing(read()) as items:
                for item in items:
                    self._put([item])
                    if self.is_over.is_set():
                        return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are wanted
            self._put(error)

    def _put(self, item: list[ItemT] | BaseException | None) -> None:
        while not self.is_over.is_set():
            with suppress(Full):
                self._queue.put(item, timeout=_LOOK_SECONDS)
                return

    def items(self, readers: int) -> Generator[ItemT, None, None]:
        while readers:
            item = self._queue.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                readers -= 1
            else:
                yield from item
