"""Values, names and comparisons of random tables, for tests that read what was loaded."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.dlt.naming import NamingConvention

Row: TypeAlias = dict[str, Any]

TEXTS: Final = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6) | st.sampled_from(
    [
        "",
        "1",
        "007",
        "1.50",
        "null",
        "NaN",
        "true",
        "2026-01-01",
        'a "b", c',
        "x\ny",
        "  ",
        "Ünï",
        "😀",
        "{}",
        "#",
    ]
)
DAYS: Final = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))
MOMENTS: Final = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))  # noqa: DTZ001 - without a zone
NAMES: Final = ["Größe", "名前", "order date", "select", "aB", "_x", "1st", "c.d"]
# A load takes a third of a second.
MOST_EXAMPLES: Final = 60 if os.environ.get("FULL_SUITE") else 4


def in_table(row: Row) -> Row:
    """The row with the names that its columns have in the table."""
    naming = NamingConvention()
    return {naming.normalize_path(name): value for name, value in row.items()}


def by_id(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: int(row["id"]))


def exact(rows: Sequence[Row]) -> list[Row]:
    """The rows with floating-point numbers as texts, so that nan is nan, and minus zero is not zero."""
    return [{name: repr(v) if isinstance(v, float) else v for name, v in row.items()} for row in rows]
