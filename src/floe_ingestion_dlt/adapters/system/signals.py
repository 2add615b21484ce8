"""Holds back signals that ask the process to end, until a run reaches a point where nothing is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Fault, Interrupted

Handler: TypeAlias = Callable[[int, FrameType | None], object] | int

ASKING: Final = (signal.SIGINT, signal.SIGTERM)
# Shells and Kubernetes expect the exit code 128 plus the signal's number.
KILLED_BY: Final = 128
# How long a pause may last after a signal. Signal handlers must not use locks, so they cannot wake a thread.
LONGEST_NAP: Final = 0.1


class StopRequested(KeyboardInterrupt):
    """A signal interrupted a part of a run that can be interrupted."""


@final
class StopSignals:
    """Handles SIGINT and SIGTERM during runs. *forward* is called with each signal, and with 0 when the runs are over.

    Signals reach only the main thread: in other threads nothing is held back. Signals that the process ignores stay ignored.
    """

    def __init__(self, forward: Callable[[int], None]) -> None:
        self._forward = forward
        self._former: dict[int, Handler] = {}
        self._received: list[int] = []
        self._ends_at_once = False

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Within the block, signals are only recorded. At its end they are delivered to the earlier handlers."""
        if threading.current_thread() is not threading.main_thread() or self._former:
            yield
            return
        former: dict[int, Handler] = {
            number: handler for number in ASKING if (handler := _handler(number)) is not None
        }
        self._former = former
        try:
            for number in former:
                signal.signal(number, self._receive)
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
            received, self._received, self._former = self._received, [], {}
            if received:
                self._forward(0)
            for number in received:
                _deliver(number, former[number])

    def received(self) -> str | None:
        """The name of the first signal that was received, if any."""
        return signal.Signals(self._received[0]).name if self._received else None

    def check(self) -> Result[None, Fault]:
        name = self.received()
        return Success(None) if name is None else Failure(Interrupted(name))

    @contextmanager
    def at_once(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._ends_at_once = True
        try:
            if self._received:
                raise StopRequested
            yield
        finally:
            self._ends_at_once = False

    def sleep(self, seconds: float) -> None:
        """Sleep until the time is over or a signal was received."""
        end = time.monotonic() + seconds
        while not self._received and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LONGEST_NAP))

    def _receive(self, number: int, frame: FrameType | None) -> None:
        if number in self._received:
            self._give_way(number, frame)
            return
        self._received.append(number)
        self._forward(number)
        if self._ends_at_once:
            self._ends_at_once = False
            raise StopRequested

    def _give_way(self, number: int, frame: FrameType | None) -> None:
        """End at once on a second signal: whoever sends it does not want to wait."""
        handler = self._former.get(number, signal.SIG_DFL)
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, handler)
            signal.raise_signal(number)


def _handler(number: int) -> Handler | None:
    """The signal's handler; None if the signal is ignored, or Python cannot restore the handler."""
    handler = signal.getsignal(number)
    return None if handler is None or handler == signal.SIG_IGN else handler


def _deliver(number: int, handler: Handler) -> None:
    """Deliver the signal now. Without a handler, SIGTERM ends the process by SystemExit, so that spans, files and exit handlers are finished."""
    if number == signal.SIGTERM and handler == signal.SIG_DFL:
        raise SystemExit(KILLED_BY + number)
    signal.raise_signal(number)
