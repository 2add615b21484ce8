from __future__ import annotations

from hypothesis import given

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.discreet import Discreet
from floe_ingestion_dlt.domain.faults import Context, Fault, describe, in_other_words
from floe_ingestion_dlt.domain.redaction import KnownSecrets
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


class TestOtherWords:
    @given(faults)
    def test_all_words_of_a_fault_change_and_nothing_else(self, fault: Fault) -> None:
        changed = in_other_words(fault, glued)
        assert (type(fault), fault.category) == (type(changed), changed.category)
        assert SECRET in changed.message
        assert fault == in_other_words(changed, lambda text: text.removesuffix(SECRET))
