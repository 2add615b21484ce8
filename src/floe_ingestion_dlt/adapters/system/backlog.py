"""What was handed to a reader that is slower: libraries read far ahead in threads of their own, whatever the size of what they read."""

from __future__ import annotations

import threading
import weakref
from typing import Final, final

# If too little is freed for so many seconds, the reader may need more after all.
PATIENCE: Final = 1.0


@final
class Backlog:
    """What a reader has not freed yet: it should be fewer bytes than *most*, or fewer parts than the reader needs at once."""

    def __init__(self, most: int, needed: int) -> None:
        self._most, self._needed = most, needed
        self._bytes = self._parts = 0
        self._freed = threading.Condition()

    def wait(self) -> None:
        """Wait until it is little enough."""
        with self._freed:
            self._freed.wait_for(self._is_little, PATIENCE)

    def add(self, owner: object, size: int) -> None:
        """Count a part of *size* bytes until its *owner* is garbage."""
        with self._freed:
            self._bytes += size
            self._parts += 1
        weakref.finalize(owner, self._free, size).atexit = False

    def _is_little(self) -> bool:
        return self._bytes < self._most or self._parts < self._needed

    def _free(self, size: int) -> None:
        with self._freed:
            self._bytes -= size
            self._parts -= 1
            self._freed.notify_all()
