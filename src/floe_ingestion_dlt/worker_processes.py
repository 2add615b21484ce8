"""Worker processes for loads in slices: if one is killed, only its slice is read again."""

from __future__ import annotations

import atexit
import multiprocessing
import pickle  # nosec B403 - for processes that this one has started
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from threading import Lock
from typing import Final, ParamSpec, TypeAlias, TypeVar, final

P = ParamSpec("P")
T = TypeVar("T")
# A fork would copy the locks that other threads hold, and open connections.
StartMethod: TypeAlias = ForkServerContext | SpawnContext

# A call that ends its process each time, for example because it needs too much memory, is given up.
MOST_TRIES: Final = 3


@final
class WorkerProcesses(Executor):
    """An executor with *count* processes. A call whose process is killed is made again, in a new process.

    A `ProcessPoolExecutor` ends all of its processes if one is killed. As there, pickle must be able to write functions,
    arguments and results. Shutting down with `cancel_futures`, as leaving a `with` block does, kills the processes.
    """

    def __init__(self, count: int, context: StartMethod | None = None) -> None:
        if count < 1:
            raise ValueError(f"count: {count}; use at least 1")
        started_by = context or _start_method()
        self._workers = [_Worker(started_by) for _ in range(count)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(count, "worker-process")
        # At its exit, Python waits for processes that are still there.
        atexit.register(self._end)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(self._result_of, partial(fn, *args, **kwargs))

    def _result_of(self, call: Callable[[], T]) -> T:
        # There are as many threads as workers.
        worker = self._idle.get()
        try:
            return worker.result_of(call)
        finally:
            self._idle.put(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as in Executor
        if cancel_futures:
            # Nothing that waits may begin when the running calls end.
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._end()
        self._threads.shutdown(wait)
        if wait:
            self._end()

    def __exit__(self, *_: object) -> None:
        self.shutdown(cancel_futures=True)

    def _end(self) -> None:
        atexit.unregister(self._end)
        for worker in self._workers:
            worker.close()


@final
class _Worker:
    """A process that makes one call after the other. It is started when it is needed."""

    def __init__(self, context: StartMethod) -> None:
        self._context = context
        self._started: tuple[BaseProcess, Connection] | None = None
        self._lock = Lock()
        self._is_closed = False

    def result_of(self, call: Callable[[], T]) -> T:
        """What the call returns or raises; BrokenExecutor if its process is killed each time."""
        task = pickle.dumps(call)
        for _ in range(MOST_TRIES):
            connection = self._connection()
            try:
                connection.send_bytes(task)
                outcome = connection.recv_bytes()
            except (EOFError, OSError):
                self._kill()
                continue
            returned, value = pickle.loads(outcome)  # noqa: S301  # nosec B301 - from a process that this one has started
            if returned:
                result: T = value
                return result
            raise value
        raise BrokenExecutor(f"{MOST_TRIES} processes that made this call were killed, one after the other")

    def close(self) -> None:
        """Kill the process; no call is made any more."""
        self._is_closed = True
        self._kill()

    def _connection(self) -> Connection:
        with self._lock:
            if self._is_closed:
                raise BrokenExecutor("the worker processes were shut down")
            if self._started is None:
                ours, theirs = self._context.Pipe()
                process = self._context.Process(target=_serve, args=(theirs,))
                process.start()
                # The pipe ends with the process only if no other one has this end of it.
                theirs.close()
                self._started = process, ours
            return self._started[1]

    def _kill(self) -> None:
        with self._lock:
            started, self._started = self._started, None
        if started is not None:
            process, _ = started
            process.kill()
            process.join()


def _start_method() -> StartMethod:
    has_server = "forkserver" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver") if has_server else multiprocessing.get_context("spawn")


def _serve(connection: Connection) -> None:
    # A Ctrl-C in a terminal reaches all processes; the one that has started this one decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            task = connection.recv_bytes()
        except EOFError:
            return
        connection.send_bytes(_outcome_of(task))


def _outcome_of(task: bytes) -> bytes:
    """Whether the call has returned, and what it has returned or raised."""
    try:
        return pickle.dumps((True, pickle.loads(task)()))  # noqa: S301  # nosec B301 - from the process that has started this one
    except Exception as error:  # noqa: BLE001 - whatever the call raises belongs to its caller
        return pickle.dumps((False, _picklable(error)))


def _picklable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # nosec B301 - just written
    except Exception:  # noqa: BLE001 - an exception's own code decides what it needs
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
