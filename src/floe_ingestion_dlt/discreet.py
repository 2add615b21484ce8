"""Telemetry from which the credentials that are known are taken, whatever it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias, final

from floe_ingestion_dlt.domain.faults import Context, Fault, in_other_words
from floe_ingestion_dlt.ports.telemetry import Attribute, Operation, Telemetry

Clean: TypeAlias = Callable[[str], str]


@final
class Discreet:
    """Passes everything on to *listener*, and each text through *clean*."""

    def __init__(self, listener: Telemetry, clean: Clean) -> None:
        self._listener, self._clean = listener, clean

    @contextmanager
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[Operation]:
        with self._listener.operation(name, context, self._cleaned(attributes)) as told:
            yield _DiscreetOperation(told, self._cleaned, self._clean)

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        self._listener.event(name, context, self._cleaned(attributes), error=error)

    def carried(self) -> Telemetry:
        return Discreet(self._listener.carried(), self._clean)

    def trace_id(self) -> str | None:
        return self._listener.trace_id()

    def _cleaned(self, attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
        return {key: self._clean(held) if isinstance(held, str) else held for key, held in attributes.items()}


@final
class _DiscreetOperation:
    def __init__(
        self,
        told: Operation,
        cleaned: Callable[[Mapping[str, Attribute]], dict[str, Attribute]],
        clean: Clean,
    ) -> None:
        self._told, self._cleaned, self._clean = told, cleaned, clean

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        self._told.note(self._cleaned(attributes))

    def fail(self, fault: Fault) -> None:
        self._told.fail(in_other_words(fault, self._clean))
