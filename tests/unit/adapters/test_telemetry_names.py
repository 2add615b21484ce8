"""Everything that can be recorded has a public name, and the page of observability lists it."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given

from floe_ingestion_dlt.adapters.telemetry.names import (
    Attribute,
    Entry,
    Level,
    detail_attributes,
    event_entry,
    operation_entry,
)
from floe_ingestion_dlt.domain.events import Event
from floe_ingestion_dlt.domain.operations import Detail, Operation
from floe_ingestion_dlt.domain.table_reads import ReadBy, TableRead
from tests.documents.pages import DOCS
from tests.unit.domain.strategies import samples_of

OBSERVABILITY = (DOCS / "observability.md").read_text()
LEVELS = dict(re.findall(r"^\| `(\w+)` \| (DEBUG|INFO|WARNING|ERROR) \|", OBSERVABILITY, re.MULTILINE))


def is_plain(entry: Entry) -> bool:
    return all(isinstance(held, get_args(Attribute)) for held in entry.attributes.values())


class TestNames:
    @given(samples_of(Event))
    def test_every_event_is_in_the_table_of_log_lines_with_its_level(self, event: Event) -> None:
        entry = event_entry(event)
        assert (entry.level.name, True) == (LEVELS.get(entry.name), is_plain(entry))

    def test_no_line_of_the_table_is_one_that_is_never_written(self) -> None:
        assert len(get_args(Event)) == len(LEVELS)

    @given(samples_of(Operation))
    def test_every_operation_has_a_name_and_plain_attributes(self, operation: Operation) -> None:
        entry = operation_entry(operation)
        assert (True, True) == (entry.name.isidentifier(), is_plain(entry))

    @given(samples_of(Detail))
    def test_every_detail_has_plain_attributes(self, detail: Detail) -> None:
        assert is_plain(Entry("", detail_attributes(detail)))

    @pytest.mark.parametrize(
        ("read", "said"),
        [
            (TableRead("orders", ReadBy.COPY), {"by": "COPY"}),
            (TableRead("orders", ReadBy.COLUMNS), {"by": "columns"}),
            (
                TableRead("orders", ReadBy.CURSOR, "it is old"),
                {"by": "cursor", "obstacle": "it is old"},
            ),
        ],
    )
    def test_how_rows_are_read_is_a_detail(self, read: TableRead, said: dict[str, str]) -> None:
        expected = Entry("table_read", {"resource": "orders", **said}, Level.DEBUG)
        assert expected == event_entry(read)
