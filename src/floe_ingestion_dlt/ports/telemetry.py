"""How runs are watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol, TypeAlias, final

from floe_ingestion_dlt.domain.faults import Context, Fault

Attribute: TypeAlias = str | int | float | bool


class Operation(Protocol):
    """Something that is going on and has a name."""

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        """Add what is known by now."""
        ...

    def fail(self, fault: Fault) -> None:
        """Mark the operation as failed."""
        ...


class Telemetry(Protocol):
    """Where operations and events are told. Telling never fails, and never holds anything secret."""

    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> AbstractContextManager[Operation]:
        """Tell that an operation starts, and at the end of the block that it ended."""
        ...

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        """Tell that something happened."""
        ...

    def carried(self) -> Telemetry:
        """The same for other threads: what is told there belongs to the operation that is going on here and now."""
        ...

    def trace_id(self) -> str | None:
        """The id of the trace of what is going on, 32 hexadecimal digits (W3C Trace Context); None where none is traced."""
        ...


@final
class Listeners:
    """Several listeners as one; the first is the first to hear of a start, and the last to hear of an end."""

    def __init__(self, *listeners: Telemetry) -> None:
        self._listeners = listeners

    @contextmanager
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[Operation]:
        with ExitStack() as stack:
            yield _Operations(
                [
                    stack.enter_context(listener.operation(name, context, attributes))
                    for listener in self._listeners
                ]
            )

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        for listener in self._listeners:
            listener.event(name, context, attributes, error=error)

    def carried(self) -> Telemetry:
        return Listeners(*(listener.carried() for listener in self._listeners))

    def trace_id(self) -> str | None:
        return next((found for listener in self._listeners if (found := listener.trace_id())), None)


class _Operations:
    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        for operation in self._operations:
            operation.note(attributes)

    def fail(self, fault: Fault) -> None:
        for operation in self._operations:
            operation.fail(fault)
