"""Signals are held back in the main thread, which is where these tests run."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.system.signals import StopRequested, StopSignals
from floe_ingestion_dlt.domain.faults import Interrupted

Handled = list[int]


@pytest.fixture(autouse=True)
def _default_sigint() -> Iterator[None]:
    # Programs in the background of a shell ignore it.
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.fixture
def handled() -> Iterator[Handled]:
    """A host's own handler of SIGTERM, and what it got."""
    found: Handled = []

    def handle(number: int, _frame: FrameType | None) -> None:
        found.append(number)

    former = signal.signal(signal.SIGTERM, handle)
    yield found
    signal.signal(signal.SIGTERM, former)


@pytest.fixture
def forwarded() -> Handled:
    return []


@pytest.fixture
def signals(forwarded: Handled) -> StopSignals:
    return StopSignals(forwarded.append)


def send(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


def soon(act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(0.2, act)
    timer.start()
    return timer


class TestDelivery:
    def test_to_the_hosts_handler_is_once_and_after_the_block(
        self, signals: StopSignals, handled: Handled, forwarded: Handled
    ) -> None:
        with signals.held_back():
            send()
            assert (Failure(Interrupted("SIGTERM")), []) == (signals.check(), handled)
        assert ([signal.SIGTERM], Success(None)) == (handled, signals.check())
        assert [signal.SIGTERM, 0] == forwarded

    def test_of_sigterm_without_a_handler_is_an_end_that_cleans_up(self, signals: StopSignals) -> None:
        with pytest.raises(SystemExit) as ended, signals.held_back():
            send()
        assert 143 == ended.value.code

    def test_of_sigint_is_a_keyboard_interrupt(self, signals: StopSignals) -> None:
        with pytest.raises(KeyboardInterrupt), signals.held_back():
            send(signal.SIGINT)

    def test_of_two_signals_is_in_their_order(self, signals: StopSignals, handled: Handled) -> None:
        def get_both() -> None:
            with signals.held_back():
                send()
                send(signal.SIGINT)
                assert Failure(Interrupted("SIGTERM")) == signals.check()

        with pytest.raises(KeyboardInterrupt):
            get_both()
        assert [signal.SIGTERM] == handled

    def test_is_at_once_when_somebody_asks_twice(self, signals: StopSignals, handled: Handled) -> None:
        with signals.held_back():
            send()
            send()
            assert [signal.SIGTERM] == handled

    def test_follows_an_error_too(self, signals: StopSignals, handled: Handled) -> None:
        def fail() -> None:
            with signals.held_back():
                send()
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert [signal.SIGTERM] == handled


class TestHandlers:
    def test_are_as_before_when_nothing_came(self, signals: StopSignals) -> None:
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        with signals.held_back():
            pass
        assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    def test_of_a_run_within_a_run_end_both(self, signals: StopSignals, handled: Handled) -> None:
        inner = StopSignals(lambda _: None)
        with signals.held_back():
            with inner.held_back():
                send()
            assert Failure(Interrupted("SIGTERM")) == signals.check()
        assert [signal.SIGTERM] == handled

    def test_of_what_the_process_ignores_are_left_alone(self, signals: StopSignals) -> None:
        former = signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            with signals.held_back():
                send()
                assert Success(None) == signals.check()
        finally:
            signal.signal(signal.SIGTERM, former)

    def test_are_not_touched_by_other_threads(self, signals: StopSignals, handled: Handled) -> None:
        def run() -> None:
            with signals.held_back():
                time.sleep(0.5)

        thread = threading.Thread(target=run)
        thread.start()
        send()
        assert [signal.SIGTERM] == handled
        thread.join()


class TestWaiting:
    def test_ends_with_a_signal(self, signals: StopSignals, handled: Handled) -> None:
        start = time.monotonic()
        with signals.held_back():
            timer = soon(send)
            signals.sleep(60.0)
        timer.join()
        assert (True, [signal.SIGTERM]) == (time.monotonic() - start < 10, handled)

    def test_lasts_as_long_as_it_should_otherwise(self, signals: StopSignals) -> None:
        start = time.monotonic()
        signals.sleep(0.25)
        assert time.monotonic() - start >= 0.25

    def test_for_what_can_be_ended_at_once_ends_with_a_signal(
        self, signals: StopSignals, handled: Handled
    ) -> None:
        start = time.monotonic()
        timer = soon(send)
        with signals.held_back(), pytest.raises(StopRequested), signals.at_once():
            time.sleep(60.0)
        timer.join()
        assert (True, [signal.SIGTERM]) == (time.monotonic() - start < 10, handled)

    def test_is_not_begun_after_a_signal(self, signals: StopSignals, handled: Handled) -> None:
        with signals.held_back():
            send()
            with pytest.raises(StopRequested), signals.at_once():
                pytest.fail("it was begun")
        assert [signal.SIGTERM] == handled
