"""Telemetry from which the credentials that are known are taken, and that fails nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Final, TypeAlias, TypeVar, final

from floe_ingestion_dlt.domain.faults import Context, Fault, in_other_words
from floe_ingestion_dlt.ports.telemetry import Attribute, Operation, Telemetry

LOG: Final = logging.getLogger(__name__)

Clean: TypeAlias = Callable[[str], str]
ValueT = TypeVar("ValueT")


@final
class Discreet:
    """Passes everything on to *listener*, and each text through *clean*.

    A load must not fail, or be taken for failed, because nobody could be told of it: what the listener raises ends here.
    """

    def __init__(self, listener: Telemetry, clean: Clean) -> None:
        self._listener, self._clean = listener, clean

    @contextmanager
    def operation(
        self, name: str, context: Context, attributes: Mapping[str, Attribute]
    ) -> Iterator[Operation]:
        ends = ExitStack()
        told = _quietly(
            lambda: ends.enter_context(self._listener.operation(name, context, self._cleaned(attributes)))
        )
        try:
            yield _DiscreetOperation(told, self._cleaned, self._clean)
        except BaseException as error:
            _quietly(partial(ends.__exit__, type(error), error, error.__traceback__), unless=error)
            raise
        else:
            _quietly(ends.close)

    def event(
        self, name: str, context: Context, attributes: Mapping[str, Attribute], *, error: bool = False
    ) -> None:
        _quietly(lambda: self._listener.event(name, context, self._cleaned(attributes), error=error))

    def carried(self) -> Telemetry:
        return Discreet(self._listener.carried(), self._clean)

    def trace_id(self) -> str | None:
        return _quietly(self._listener.trace_id)

    def _cleaned(self, attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
        return {key: self._clean(held) if isinstance(held, str) else held for key, held in attributes.items()}


@final
class _DiscreetOperation:
    def __init__(
        self,
        told: Operation | None,
        cleaned: Callable[[Mapping[str, Attribute]], dict[str, Attribute]],
        clean: Clean,
    ) -> None:
        self._told, self._cleaned, self._clean = told, cleaned, clean

    def note(self, attributes: Mapping[str, Attribute]) -> None:
        if (told := self._told) is not None:
            _quietly(lambda: told.note(self._cleaned(attributes)))

    def fail(self, fault: Fault) -> None:
        if (told := self._told) is not None:
            _quietly(lambda: told.fail(in_other_words(fault, self._clean)))


def _quietly(tell: Callable[[], ValueT], unless: BaseException | None = None) -> ValueT | None:
    """What *tell* answers; None when it fails, which is logged, unless it passes on what it was told of."""
    try:
        return tell()
    except Exception as failed:  # noqa: BLE001 - this is the edge to those who listen
        if failed is not unless:
            LOG.warning("telemetry failed: %s", type(failed).__name__)
        return None
