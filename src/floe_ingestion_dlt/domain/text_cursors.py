"""Cursors whose values are texts: times are ordered as times, and texts that have no one order are refused.

Texts are compared character by character, in databases and in Python. Numbers of different lengths and times of different forms are
not in their order then: "10" is before "9", and "…:00.5Z" is before "…:00Z".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, TypeVar, cast

from floe_ingestion_dlt.domain.exact_values import is_moment, text_fits_timestamp
from floe_ingestion_dlt.domain.faults import Category, SourceFailed

ValueT = TypeVar("ValueT")

# Days and times without signs between their parts, such as 20240131.
_COMPACT: Final = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(([0-2]\d|3[01])(\d\d){0,3})?", re.ASCII)
_SECOND: Final = len("2024-01-31T00:00:00")
_CAST: Final = (
    "Use a cursor of the type of its values: CAST it in a query, name its type in reader_options.column_types,"
    " or change it in the source. Or load by merge without a cursor."
)


def may_pass_over(column: str, last: str) -> SourceFailed | None:
    """The refusal to ask a database for texts from the *last* one on; None if all later ones come after it.

    A number is refused already if it is alone: the database would not send the next one that has more digits.
    """
    is_number = last.isascii() and last.isdigit() and not last.startswith("0")
    return refused(column, "numbers") if is_number and not _COMPACT.fullmatch(last) else None


def lowest(last: str) -> str:
    """The text from which a database is asked for new ones: of a time its second, because others may be written in other forms."""
    return last[:_SECOND] if is_moment(last) else last


def latest(values: Iterable[ValueT]) -> ValueT:
    """The highest value, the first one of equals: texts that are days or times are compared as times, those without a zone in UTC.

    Raises ValueError for a time beside another text, which have no order.
    """
    given = tuple(values)
    if not all(isinstance(value, str) for value in given):
        return max(cast("tuple[str, ...]", given))  # type: ignore[return-value]
    texts = cast("tuple[str, ...]", given)
    if not any(map(is_moment, texts)):
        return max(given, key=str)
    if not all(map(text_fits_timestamp, texts)):
        raise ValueError("times and other texts have no order")
    return max(given, key=lambda value: moment_in(str(value)))


def moment_in(text: str) -> datetime:
    """The moment of a text that is a time or a date; one without a zone is in UTC. Raises ValueError for a day that no calendar has."""
    found = datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-").replace(" Z", "Z").upper())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def refused(column: str, what: str) -> SourceFailed:
    """The refusal of a cursor with texts that are of this kind."""
    return SourceFailed(
        f"the cursor {column} has texts that are {what}: texts are compared character by character, which is not the order of"
        " their values, so rows would be lost",
        Category.PERMANENT,
        _CAST,
    )
