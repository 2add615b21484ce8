"""How long tables are remembered that a catalog gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.iceberg.known_tables import MOST_SECONDS, KnownTables
from floe_ingestion_dlt.domain.names import TableName

ORDERS: Final = TableName(("bronze",), "orders")
LINES: Final = ORDERS.sibling("lines")


class Catalog:
    """A catalog that answers with the next of its tables, and counts the questions."""

    def __init__(self, *answers: object) -> None:
        self._answers: Iterator[object] = iter(answers)
        self.asked = 0

    def find(self) -> Table | None:
        self.asked += 1
        return cast("Table | None", next(self._answers))


def test_a_table_is_looked_for_once_and_again_when_it_was_forgotten() -> None:
    catalog, known = Catalog("old", "new"), KnownTables()
    assert ["old", "old"] == [known.get(ORDERS, catalog.find) for _ in range(2)]
    known.forget([LINES])
    assert known.get(ORDERS, catalog.find) == "old"
    known.forget([ORDERS, LINES])
    assert known.get(ORDERS, catalog.find) == "new"


def test_a_missing_table_is_looked_for_each_time() -> None:
    catalog, known = Catalog(None, None, "created"), KnownTables()
    assert [None, None, "created"] == [known.get(ORDERS, catalog.find) for _ in range(3)]


def test_a_table_is_looked_for_again_a_minute_after_the_question() -> None:
    times = iter([0.0, MOST_SECONDS - 1, MOST_SECONDS, MOST_SECONDS])
    catalog, known = Catalog("old", "new"), KnownTables(lambda: next(times))
    assert ["old", "old", "new"] == [known.get(ORDERS, catalog.find) for _ in range(3)]


def test_the_names_of_a_namespace_are_those_that_are_known_in_it() -> None:
    known = KnownTables()
    for name in (ORDERS, LINES, TableName(("silver",), "orders")):
        known.get(name, Catalog("table").find)
    assert {ORDERS, LINES} == set(known.names_in(("bronze",)))
