from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.domain.faults import Context, Fault, Unforeseen, describe, in_other_words
from floe_ingestion_dlt.domain.redaction import KnownSecrets
from floe_ingestion_dlt.ports.telemetry import Listeners, Telemetry
from floe_ingestion_dlt.secrets.redacting_telemetry import Discreet
from tests.unit.domain.strategies import faults

SECRET = "Zq7vL2mX9tR4wK8b"
CONTEXT = Context("rest_api", "bronze.orders", "bronze-orders")


def glued(text: str) -> str:
    return f"{text}{SECRET}"


class TestDiscreet:
    @given(faults)
    def test_nothing_that_is_told_has_a_known_secret_in_it(self, fault: Fault) -> None:
        memory = MemoryTelemetry("0" * 32)
        telemetry = Discreet(memory, KnownSecrets([SECRET]).clean).carried()
        with telemetry.operation("run", CONTEXT, {"a": SECRET}) as operation:
            operation.note({"b": glued("x"), "c": 1})
            operation.fail(in_other_words(fault, glued))
        telemetry.event("e", CONTEXT, {"d": SECRET}, error=True)
        (told,), (event,) = memory.operations, memory.events
        assert SECRET not in f"{told} {event} {told.fault and describe(told.fault, CONTEXT)}"
        assert ({"a": "***", "b": "x***", "c": 1}, {"d": "***"}) == (told.attributes, event.attributes)
        assert (True, "0" * 32) == (event.error, telemetry.trace_id())


class Broken:
    """A listener that fails at whatever it is told, or at one thing only."""

    def __init__(self, at: str = "") -> None:
        self.at = at

    @contextmanager
    def operation(self, _name: str, _context: Context, _attributes: object) -> Iterator[Broken]:
        self._do("begin")
        yield self
        self._do("end")

    def note(self, _attributes: object) -> None:
        self._do("note")

    def fail(self, _fault: Fault) -> None:
        self._do("fail")

    def event(self, *_: object, **__: object) -> None:
        self._do("event")

    def carried(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        self._do("trace")
        return "0" * 32

    def _do(self, what: str) -> None:
        if self.at in {"", what}:
            raise BrokenPipeError


class TestFailsNobody:
    @pytest.mark.parametrize("at", ["", "begin", "end", "note", "fail", "event", "trace"])
    def test_whatever_the_listener_does(self, at: str) -> None:
        telemetry = Discreet(Broken(at), str)
        with telemetry.operation("run", CONTEXT, {}) as operation:
            operation.note({"a": 1})
            operation.fail(Unforeseen("c"))
            telemetry.event("e", CONTEXT, {})
        assert telemetry.trace_id() in {None, "0" * 32}

    @pytest.mark.parametrize("at", ["", "begin", "end", "nothing"])
    def test_what_ends_the_operation_is_raised_all_the_same(self, at: str) -> None:
        with pytest.raises(KeyError, match="a bug"), Discreet(Broken(at), str).operation("run", CONTEXT, {}):
            raise KeyError("a bug")

    def test_other_listeners_hear_the_end(self) -> None:
        memory = MemoryTelemetry()
        telemetry = Discreet(Listeners(memory, Broken("end")), str)
        with telemetry.operation("run", CONTEXT, {}) as operation:
            operation.note({"rows": 1})
        assert [{"rows": 1}] == [told.attributes for told in memory.operations]


class TestOtherWords:
    @given(faults)
    def test_all_words_of_a_fault_change_and_nothing_else(self, fault: Fault) -> None:
        changed = in_other_words(fault, glued)
        assert (type(fault), fault.category) == (type(changed), changed.category)
        assert SECRET in changed.message
        assert fault == in_other_words(changed, lambda text: text.removesuffix(SECRET))
