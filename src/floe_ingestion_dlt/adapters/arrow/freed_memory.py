"""What becomes of memory that is freed: allocators keep hundreds of megabytes of it for the process, which may not need them again."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

_LARGE: Final = 1 << 20
# The numbers of two options of glibc (malloc.h), and the variables with which somebody may have set them for the process.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_VARIABLES: Final = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES")


@contextmanager
def freed_memory_returned() -> Iterator[None]:
    """Return to the system what is freed: large blocks at once, and what Arrow keeps at the end of the block."""
    _return_large_blocks()
    try:
        yield
    finally:
        return_unused()


def return_unused() -> None:
    """Return to the system what Arrow has freed and keeps, which takes a millisecond."""
    pa.default_memory_pool().release_unused()


def _return_large_blocks() -> None:
    """Let the C library return blocks of a megabyte or more when they are freed, from now on.

    glibc keeps blocks of up to 32 MB, once it has freed one of that size. Other libraries have no such option.
    """
    if any(name in os.environ for name in _VARIABLES):
        return
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(_MMAP_THRESHOLD, _LARGE)
    set_option(_TRIM_THRESHOLD, _LARGE)
