"""A check of the names of columns in the header of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.safe_texts import listed
from floe_ingestion_dlt.ports.source import unreadable


def check_distinct(names: Sequence[str], place: str) -> None:
    """Raise if two columns have the same name."""
    twice = sorted(name for name, number in Counter(names).items() if number > 1)
    if twice:
        raise unreadable(
            f"{place} has more than one column named {listed(twice)}",
            "Give each column a name of its own in reader_options.column_names.",
        )


def check_typed(names: Sequence[str], place: str, typed: Iterable[str]) -> None:
    """Raise if there is no column for one of the *typed* ones, whose types the options set."""
    unknown = sorted(set(typed) - set(names))
    if unknown:
        raise unreadable(
            f"{place} has no column {listed(unknown)}; it has {listed(names)}",
            "Correct the names in reader_options.column_types.",
            Category.CONFIGURATION,
        )
