"""Changing the texts in values."""

from __future__ import annotations

from hypothesis import given

from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.text_changes import with_text
from tests.unit.domain.strategies import faults, samples_of

MARK = "~"


def marked(text: str) -> str:
    return f"{MARK}{text}"


def unmarked(text: str) -> str:
    return text.removeprefix(MARK)


@given(samples_of(Event) | faults)
def test_it_keeps_the_kind_and_all_that_is_no_text(value: Event | Fault) -> None:
    assert value == with_text(with_text(value, marked), unmarked)


@given(faults)
def test_all_texts_of_a_fault_change(fault: Fault) -> None:
    changed = with_text(fault, marked)
    assert (type(fault), fault.category, True) == (type(changed), changed.category, MARK in changed.message)
