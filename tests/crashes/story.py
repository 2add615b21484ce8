"""Three loads of a source that changes between them, and what every table must hold after each.

The source is a table of orders with nested lines, whose lines have nested parts. The second load brings changed orders,
new ones, a column and a nested table that were not there before.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Counter[tuple[object, ...]]


class Files(Enum):
    """What becomes of a file that is written again."""

    NEW = "error"
    WRITTEN_AGAIN = "reload"


@dataclass(frozen=True)
class Mode:
    """A way to write: what is configured for it, and whether the source sends every version of a row or the last.

    Each load may be a *refresh*, or delete rows that are *missing* in the source; then the source loses an order before each load. It may be of a *window* with the rows that are new.
    The source may be of *files*: a new one before each load, or one that is written again.
    """

    write_mode: str
    merge_strategy: str | None = None
    cursor: str | None = "seq"
    keeps_versions: bool = False
    has_parts: bool = False
    refresh: bool = False
    missing: bool = False
    window: bool = False
    files: Files | None = None

    @property
    def source_config(self) -> Row:
        if self.files is not None:
            nested: Row = {"format": "jsonl", "reader_options": {"nested": "tables"}}
            return nested | {"provenance": "file", "on_changed_file": self.files.value}
        merge = {"primary_key": "id", "merge_strategy": self.merge_strategy} if self.merge_strategy else {}
        missing = {"delete_missing": "keys", "max_deletes": "50%"} if self.missing else {}
        return {"cursor_field": self.cursor} | merge | missing


MODES: Final = {
    "append": Mode("append", keeps_versions=True),
    # A table is replaced by all that the source has.
    "replace": Mode("replace", cursor=None),
    "delete-insert": Mode("merge", "delete-insert"),
    "upsert": Mode("merge", "upsert"),
    "scd2": Mode("merge", "scd2", keeps_versions=True),
    "nested": Mode("merge", "delete-insert", has_parts=True),
    "refresh": Mode("merge", "upsert", refresh=True),
    "missing": Mode("merge", "upsert", cursor=None, missing=True),
    "window": Mode("append", cursor=None, keeps_versions=True, window=True),
    "files": Mode("append", cursor=None, keeps_versions=True, files=Files.NEW),
    "reload": Mode("append", cursor=None, files=Files.WRITTEN_AGAIN),
}

# The orders that each load finds new or changed, in the order of their sequence numbers.
NEWS: Final = ((1, 2, 3, 4, 5, 6), (4, 5, 6, 7, 8), (8, 9))


def sent(mode: Mode, step: int) -> list[Row]:
    """All that the source has before the load number *step*, from 1, in the order of its cursor."""
    orders = [
        _order(mode, order, seq, number)
        for seq, (number, order) in enumerate(((n, o) for n, news in enumerate(NEWS, 1) for o in news), 1)
        if number <= step and not ((mode.refresh or mode.missing) and order < step)
    ]
    # An event log for append, a table of current rows for the others; what scd2 has not seen in between it cannot know.
    is_log = mode.write_mode == "append" and mode.keeps_versions
    return orders if is_log else list({order["id"]: order for order in orders}.values())


def _order(mode: Mode, order: int, seq: int, number: int) -> Row:
    lines: list[Row] = [{"line": f"{order}-{number}-{k}"} for k in range(order % 3)]
    if mode.has_parts:
        lines = [line | {"parts": [{"part": f"{line['line']}-{k}"} for k in range(2)]} for line in lines]
    row: Row = {"id": order, "seq": seq, "state": f"step {number}", "lines": lines}
    return row if number == 1 else row | {"note": f"note {seq}", "tags": [{"tag": f"t{seq}"}]}


def expected(mode: Mode, step: int) -> dict[str, Rows]:
    """The rows of each table after the load number *step*: business columns, nested rows with their root's."""
    orders = sent(mode, step)
    if mode.keeps_versions:
        orders = [row for n in range(1, step + 1) for row in sent(mode, n) if row["seq"] > _last(n - 1)]
    last = {row["id"]: row["seq"] for row in orders}
    tables: dict[str, Rows] = {"orders": Counter(), "lines": Counter(), "parts": Counter(), "tags": Counter()}
    for row in orders:
        is_last = last[row["id"]] == row["seq"] if mode.merge_strategy == "scd2" else True
        tables["orders"][(row["id"], row["seq"], row["state"], row.get("note"), is_last)] += 1
        for line in row["lines"]:
            tables["lines"][(row["id"], row["seq"], line["line"])] += 1
            for part in line.get("parts", []):
                tables["parts"][(row["id"], row["seq"], line["line"], part["part"])] += 1
        for tag in row.get("tags", []):
            tables["tags"][(row["id"], row["seq"], tag["tag"])] += 1
    return tables


def new_places(step: int) -> tuple[int, int]:
    """The sequence numbers of the load number *step*: the first one, and the one after the last."""
    return _last(step - 1) + 1, _last(step) + 1


def _last(step: int) -> int:
    """The highest sequence number that the loads up to *step* have seen."""
    return sum(len(news) for news in NEWS[:step])
