"""Ending the wait for a database from another thread."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread, Timer
from typing import Any, Final

# How long a server may take to be asked to cancel a statement.
CANCEL_SECONDS: Final = 2.0
# The structure `linger` of the system: on, and 0 seconds.
_RESET_WHEN_CLOSED: Final = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)


@contextmanager
def cut_after(
    seconds: float, driver: Callable[[], Any], cutting: Callable[[], object] | None = None
) -> Iterator[None]:
    """Cut the connection of the *driver* if the block takes longer; *cutting* is called first."""

    def cut() -> None:
        if cutting is not None:
            cutting()
        cut_off(driver())

    timer = Timer(seconds, cut)
    timer.name, timer.daemon = "floe-database", True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # Another unit may use the connection next.
        timer.join()


def cut_off(driver: Any) -> None:
    """End what the *driver* waits for: SQLite is interrupted, and a connection's socket is shut down. Connecting has a limit of its own."""
    with suppress(Exception):  # with any other driver, the wait goes on
        if hasattr(driver, "interrupt"):
            driver.interrupt()
        elif (link := getattr(driver, "_sock", None)) is not None:  # PyMySQL has no other way
            _shut_down(link)
        else:
            _cancel(driver)
            with socket.socket(fileno=os.dup(driver.fileno())) as twin:
                _shut_down(twin)


def _shut_down(link: socket.socket) -> None:
    """End the reading in this process, and the writing in the server when the socket is closed.

    Without a reset, a server that waits to send more rows would notice it only when it tries again, up to a minute later.
    """
    with suppress(OSError):  # not every kind of socket has it
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_WHEN_CLOSED)
    link.shutdown(socket.SHUT_RDWR)


def _cancel(driver: Any) -> None:
    """Ask the server to end the statement, which it may not notice otherwise before it has rows to send."""
    cancel = getattr(driver, "cancel", None)  # of psycopg2
    if hasattr(driver, "cancel_safe"):
        cancel = partial(driver.cancel_safe, timeout=CANCEL_SECONDS)
    if cancel is None:
        return

    def ask() -> None:
        with suppress(Exception):
            cancel()

    # in a thread, because older versions of libpq wait without a limit
    asking = Thread(target=ask, name="floe-database-cancel", daemon=True)
    asking.start()
    asking.join(CANCEL_SECONDS)
