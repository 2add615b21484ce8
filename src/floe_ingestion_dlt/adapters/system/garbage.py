"""When Python searches for garbage that refers to itself; all other garbage is freed at once in any case."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# The objects that are new since the last search. Python's own number is 700, which are the values of a few rows.
_NEW_OBJECTS: Final = 20_000


@contextmanager
def quick_imports() -> Iterator[None]:
    """Search neither in the block, nor later in the objects that there are after it, if it has imported a module.

    Imports make hundreds of thousands of objects that stay. Searches in them take a sixth of the time of the imports, and half a second
    when the process ends. Garbage that the process had before the first import stays until it ends.
    """
    known, was_enabled = len(sys.modules), gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        if len(sys.modules) > known:
            gc.freeze()


@contextmanager
def with_rare_collection() -> Iterator[None]:
    """Search less often in the block: rows are many objects and no garbage, and the searches take a sixth of a load's time.

    Of blocks that overlap in two threads, the first one to end may set the number back.
    """
    before, *older = gc.get_threshold()
    if not 0 < before < _NEW_OBJECTS:
        yield
        return
    gc.set_threshold(_NEW_OBJECTS, *older)
    try:
        yield
    finally:
        gc.set_threshold(before, *older)
