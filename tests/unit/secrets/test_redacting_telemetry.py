from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given

from floe_ingestion_dlt.adapters.memory import MemoryTelemetry
from floe_ingestion_dlt.adapters.telemetry.combined import CombinedTelemetry
from floe_ingestion_dlt.adapters.telemetry.names import event_entry
from floe_ingestion_dlt.domain.events import Event, NothingToRead
from floe_ingestion_dlt.domain.faults import Context, Fault, Unforeseen, describe
from floe_ingestion_dlt.domain.operations import Commit, CommitsSent, Detail, Extract, Operation, RunEnded
from floe_ingestion_dlt.domain.redaction import KnownSecrets
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.ports.telemetry import Telemetry
from floe_ingestion_dlt.secrets.redacting_telemetry import RedactingTelemetry
from tests.unit.domain.strategies import faults, samples_of

SECRET = "Zq7vL2mX9tR4wK8b"
CONTEXT = Context("rest_api", "bronze.orders", "bronze-orders")


def glued(text: str) -> str:
    return f"{text}{SECRET}"


class TestRedaction:
    @given(faults)
    def test_nothing_that_is_recorded_has_a_known_secret_in_it(self, fault: Fault) -> None:
        memory = MemoryTelemetry("0" * 32)
        telemetry = RedactingTelemetry(memory, KnownSecrets([SECRET]).redact).for_other_threads()
        with telemetry.operation(Commit(SECRET, ()), CONTEXT) as ongoing:
            ongoing.note(RunEnded(1, 2, 3.0, 4, (glued("x"),)))
            ongoing.fail(with_text(fault, glued))
        telemetry.record(NothingToRead(SECRET), CONTEXT)
        (operation,), (event,) = memory.operations, memory.events
        assert SECRET not in f"{operation} {event} {operation.fault and describe(operation.fault, CONTEXT)}"
        assert (Commit("***", ()), [RunEnded(1, 2, 3.0, 4, ("x***",))]) == (
            operation.operation,
            operation.details,
        )
        assert (NothingToRead("***"), "0" * 32) == (event.event, telemetry.trace_id())

    @given(samples_of(Event))
    def test_no_kind_of_event_keeps_one(self, event: Event) -> None:
        memory = MemoryTelemetry()
        RedactingTelemetry(memory, KnownSecrets([SECRET]).redact).record(with_text(event, glued), CONTEXT)
        assert SECRET not in f"{memory.events} {event_entry(memory.events[0].event)}"

    @given(samples_of(Operation), samples_of(Detail))
    def test_no_kind_of_operation_keeps_one(self, operation: Operation, detail: Detail) -> None:
        memory = MemoryTelemetry()
        telemetry = RedactingTelemetry(memory, KnownSecrets([SECRET]).redact)
        with telemetry.operation(with_text(operation, glued), CONTEXT) as ongoing:
            ongoing.note(with_text(detail, glued))
        assert SECRET not in f"{memory.operations}"


class Broken:
    """Telemetry that fails whatever it is to do, or at one thing only."""

    def __init__(self, at: str = "") -> None:
        self.at = at

    @contextmanager
    def operation(self, operation: Operation, context: Context) -> Iterator[Broken]:  # noqa: ARG002 - the port's
        self._do("begin")
        yield self
        self._do("end")

    def note(self, detail: Detail) -> None:  # noqa: ARG002 - the port's
        self._do("note")

    def fail(self, fault: Fault) -> None:  # noqa: ARG002 - the port's
        self._do("fail")

    def record(self, event: Event, context: Context) -> None:  # noqa: ARG002 - the port's
        self._do("record")

    def for_other_threads(self) -> Telemetry:
        return self

    def trace_id(self) -> str | None:
        self._do("trace")
        return "0" * 32

    def _do(self, what: str) -> None:
        if self.at in {"", what}:
            raise BrokenPipeError


class TestNeverFails:
    @pytest.mark.parametrize("at", ["", "begin", "end", "note", "fail", "record", "trace"])
    def test_whatever_the_telemetry_does(self, at: str) -> None:
        telemetry = RedactingTelemetry(Broken(at), str)
        with telemetry.operation(Extract(), CONTEXT) as ongoing:
            ongoing.note(CommitsSent(1))
            ongoing.fail(Unforeseen("c"))
            telemetry.record(NothingToRead("c"), CONTEXT)
        assert telemetry.trace_id() in {None, "0" * 32}

    @pytest.mark.parametrize("at", ["", "begin", "end", "nothing"])
    def test_what_ends_the_operation_is_raised_all_the_same(self, at: str) -> None:
        telemetry = RedactingTelemetry(Broken(at), str)
        with pytest.raises(KeyError, match="a bug"), telemetry.operation(Extract(), CONTEXT):
            raise KeyError("a bug")

    def test_other_telemetries_record_the_end(self) -> None:
        memory = MemoryTelemetry()
        telemetry = RedactingTelemetry(CombinedTelemetry(memory, Broken("end")), str)
        with telemetry.operation(Extract(), CONTEXT) as ongoing:
            ongoing.note(CommitsSent(1))
        assert [[CommitsSent(1)]] == [recorded.details for recorded in memory.operations]
