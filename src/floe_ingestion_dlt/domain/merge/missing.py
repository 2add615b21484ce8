"""Rows of a table whose keys the source has no more: how many of them may go in one load, and what becomes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import DeletesRefused, Invalid, KeysOutdated

# The only way in which rows that are gone are found: their keys are compared with those of the source.
KEYS: Final = "keys"
_SHARE: Final = re.compile(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*%\s*", re.ASCII)
_ROWS: Final = re.compile(r"\s*(\d{1,18})\s*", re.ASCII)
_LIMIT: Final = 'a share of the table\'s rows, such as "10%", or a whole number of rows'


@final
@dataclass(frozen=True, slots=True)
class MaxDeletes:
    """The most rows that one load takes for gone: a number of *rows*, else so many *percent* of the table's rows."""

    percent: Decimal = Decimal(10)
    rows: int | None = None

    @classmethod
    def parse(cls, given: object) -> Result[MaxDeletes, Invalid]:
        """The limit in a text such as `10%`, or in a whole number of rows."""
        text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
        if share := _SHARE.fullmatch(text):
            percent = Decimal(share[1])
            return Success(cls(percent)) if percent <= 100 else Failure(_unusable(given))  # noqa: PLR2004
        rows = _ROWS.fullmatch(text)
        return Success(cls(rows=int(rows[1]))) if rows else Failure(_unusable(given))

    def allows(self, gone: int, rows: int) -> bool:
        """Whether so many of the table's *rows* may be gone."""
        if self.rows is not None:
            return gone <= self.rows
        return gone * 100 <= Fraction(self.percent) * rows

    def __str__(self) -> str:
        return f"{self.percent}%" if self.rows is None else str(self.rows)


def _unusable(given: object) -> Invalid:
    shown = str(given) if isinstance(given, str | int) else f"a value of type {type(given).__name__}"
    return Invalid("max_deletes", shown, _LIMIT)


@final
@dataclass(frozen=True, slots=True)
class DeleteMissing:
    """Rows of the table are deleted if the source has their keys no more; with *soft_delete*, they stay and get true in that column."""

    most: MaxDeletes = MaxDeletes()
    soft_delete: str | None = None

    @classmethod
    def parse(
        cls, way: str | None, soft_delete: str | None, max_deletes: object
    ) -> Result[DeleteMissing | None, Invalid]:
        """The settings as they are configured; None if rows that are gone stay."""
        if way is None:
            for field, given in (("soft_delete", soft_delete), ("max_deletes", max_deletes)):
                if given is not None:
                    return Failure(_alone(field))
            return Success(None)
        if way != KEYS:
            wanted = f"{KEYS}: rows whose keys the source has no more are deleted"
            return Failure(Invalid("delete_missing", way, wanted))
        limit = Success(MaxDeletes()) if max_deletes is None else MaxDeletes.parse(max_deletes)
        return limit.map(lambda most: cls(most, soft_delete))


def _alone(field: str) -> Invalid:
    why = f"it says what becomes of rows that are gone in the source, and delete_missing is not set. Set delete_missing to {KEYS}"
    return Invalid(field, None, why, is_superfluous=True)


@final
@dataclass(frozen=True, slots=True)
class MissingRows:
    """What one load does with the rows of a table that are gone in the source.

    The keys of the source are in the files *keys*, and in the rows of the load; None if the rows of the load are all rows of the source.
    *read_at* is the version of the table before the source was read; None if it is not known, and then later rows may be deleted.
    *flag* is the boolean column of the table that is true in rows that are gone; without it, such rows are deleted.
    """

    most: MaxDeletes = MaxDeletes()
    flag: str | None = None
    keys: tuple[Path, ...] | None = None
    read_at: str | None = None


@final
@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How many *keys* the source gave, how many *rows* of the table may be gone, and how many of them are *gone*."""

    keys: int
    rows: int
    gone: int


def are_deleted(
    table: str, load_id: str, how: MissingRows, counts: KeyCounts
) -> Result[bool, DeletesRefused]:
    """Whether the rows that are gone are deleted; refused if they are more than the limit allows.

    A source that gives no key never empties a table: it is more likely that it cannot be read than that all of its rows are gone.
    """
    if not counts.keys:
        return Success(False)  # noqa: FBT003 - returns takes the value by position only
    if how.most.allows(counts.gone, counts.rows):
        return Success(True)  # noqa: FBT003 - as above
    return Failure(DeletesRefused(table, load_id, counts.gone, counts.rows, str(how.most)))


def outdated(
    table: str, load_id: str, how: MissingRows | None, changes: Iterable[object]
) -> KeysOutdated | None:
    """The refusal if the table has *changes* since the source was read: its new rows are not in the keys, and are not gone."""
    if how is None or how.read_at is None or not any(True for _ in changes):
        return None
    return KeysOutdated(table, load_id)
