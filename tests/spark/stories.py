"""Loads of each write mode, and the rows that must be there after them, whatever Spark has done in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

from tests.platforms import TABLE, Row
from tests.spark.lake import Lake

Rows = list[Row]
SPARKS_ROW: Final = 1000
LINES: Final = f"{TABLE}__lines"


@final
@dataclass(frozen=True)
class Story:
    """What the source sends with its load number *n*, and what the load makes of the rows of the table."""

    name: str
    sent: Callable[[int], Rows]
    after: Callable[[Rows, Rows], Rows]
    options: dict[str, Any] = field(default_factory=dict)
    tables: Sequence[str] = (TABLE,)

    def __str__(self) -> str:
        return self.name

    def load(self, lake: Lake, number: int, table: Rows) -> Rows:
        """Load on a fresh host, so that all that is remembered is in the catalog."""
        if number:
            lake.platform.forget_local_state()
        sent = self.sent(number)
        lake.load(sent, **self.options)
        return self.after(table, sent)


def row(number: int, load: int, *, lines: bool = False) -> Row:
    """The row *number* as the source has it at its load number *load*."""
    made = {"id": number, "v": load, "s": f"s{number}"}
    return made | {"lines": [{"sku": f"{number}{place}"} for place in "ab"]} if lines else made


def four_new(load: int) -> Rows:
    return [row(number, load) for number in range(4 * load + 1, 4 * load + 5)]


def all_so_far(load: int) -> Rows:
    return [row(number, 0) for number in range(1, 4 * load + 5)]


def four_changed(load: int) -> Rows:
    return [row(number, load) for number in range(1, 5)]


def changed_and_new(load: int) -> Rows:
    """Rows 1 and 3 once more, and one that is new; all of them at first."""
    return [row(number, load) for number in ((1, 3, 10 + load) if load else range(1, 5))]


def with_lines(load: int) -> Rows:
    return [row(sent["id"], load, lines=True) for sent in changed_and_new(load)]


def added(table: Rows, sent: Rows) -> Rows:
    return table + sent


def new_ones_added(table: Rows, sent: Rows) -> Rows:
    cursor = max((old["id"] for old in table if old["id"] != SPARKS_ROW), default=0)
    return table + [new for new in sent if new["id"] > cursor]


def only_sent(_table: Rows, sent: Rows) -> Rows:
    return sent


def merged(table: Rows, sent: Rows) -> Rows:
    keys = {new["id"] for new in sent}
    return [old for old in table if old["id"] not in keys] + sent


def versions(table: Rows, sent: Rows) -> Rows:
    """Every row has changed, so that every version ends; one without a source ends as well."""
    return [old | {"ended": True} for old in table] + sent


def merging(strategy: str) -> dict[str, Any]:
    source = {"primary_key": "id", "merge_strategy": strategy}
    return {"write_mode": "merge", "source_config": source}


APPEND: Final = Story("append", four_new, added)
CURSOR: Final = Story("append with a cursor", all_so_far, new_ones_added, {"cursor": "id"})
REPLACE: Final = Story("replace", four_changed, only_sent, {"write_mode": "replace"})
UPSERT: Final = Story("upsert", changed_and_new, merged, merging("upsert"))
DELETE_INSERT: Final = Story("delete-insert", changed_and_new, merged, merging("delete-insert"))
SCD2: Final = Story("scd2", four_changed, versions, merging("scd2"))
NESTED: Final = Story("nested tables", with_lines, merged, merging("upsert"), (TABLE, LINES))
STORIES: Final = (APPEND, CURSOR, REPLACE, UPSERT, DELETE_INSERT, SCD2, NESTED)


def rows_by_pyiceberg(lake: Lake, story: Story) -> Rows:
    catalog = lake.platform.catalog
    return _in_the_storys_words(
        [catalog.load_table(table).scan().to_arrow().to_pylist() for table in story.tables]
    )


def rows_by_spark(lake: Lake, story: Story) -> Rows:
    return _in_the_storys_words(
        [lake.query(f"SELECT * FROM floe.{table}").to_pylist() for table in story.tables]
    )


def assert_rows(lake: Lake, story: Story, expected: Rows) -> None:
    """Both readers find these rows, each once."""
    assert in_order(expected) == in_order(rows_by_pyiceberg(lake, story))
    assert in_order(expected) == in_order(rows_by_spark(lake, story))


def two_loads(lake: Lake, story: Story) -> Rows:
    return story.load(lake, 1, story.load(lake, 0, []))


def in_order(rows: Rows) -> Rows:
    """Rows without their nulls, in an order that does not depend on where they are."""
    with_values = ({name: value for name, value in row.items() if value is not None} for row in rows)
    return sorted(with_values, key=lambda row: sorted((name, str(value)) for name, value in row.items()))


def _in_the_storys_words(tables: list[Rows]) -> Rows:
    """Root rows without the columns of dlt, with the lines that name them."""
    roots, *nested = tables
    told = []
    for root in roots:
        plain = {name: value for name, value in root.items() if not name.startswith("_dlt_")}
        if root.get("_dlt_valid_to") is not None:
            plain["ended"] = True
        if nested:
            lines = [line["sku"] for line in nested[0] if line["_dlt_parent_id"] == root["_dlt_id"]]
            plain["lines"] = [{"sku": sku} for sku in sorted(lines)] or None
        told.append(plain)
    return told
