"""Ending the wait for a database from another thread."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Thread, Timer
from typing import Any, Final

# How long a server may take to be asked to cancel a statement.
CANCEL_SECONDS: Final = 2.0


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
            link.shutdown(socket.SHUT_RDWR)
        else:
            _cancel(driver)
            with socket.socket(fileno=os.dup(driver.fileno())) as twin:
                twin.shutdown(socket.SHUT_RDWR)


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
