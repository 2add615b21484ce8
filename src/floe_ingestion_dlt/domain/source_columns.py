"""What becomes of a source's columns before their rows are stored: which are taken, masked, read in another type or renamed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.faults import Category, Invalid, SourceFailed
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.schema import ColumnType, variant_of
from floe_ingestion_dlt.domain.secret import Secret

# In the place of a column's name: all columns that are not named.
OTHERS: Final = "*"
# Columns that say where a row comes from: its file, and its line in it.
FILE: Final = "_floe_file"
LINE: Final = "_floe_line"
PROVENANCE: Final = frozenset({FILE, LINE})


class Mask(Enum):
    """How values of a column are kept from being read."""

    HASH = "hash"
    DROP = "drop"


@final
@dataclass(frozen=True, slots=True)
class ColumnChange:
    """What becomes of one column: it *is_dropped*, or it gets another *name*, or another *type*."""

    name: str | None = None
    type: ColumnType | None = None
    is_dropped: bool = False


@final
@dataclass(frozen=True, slots=True)
class SourceColumns:
    """The changes of columns by the names that the source has, without regard to case and by their names in snake case.

    With *drops_others*, columns that are not named are left out. Hashes are keyed with the *secret*.
    """

    changes: Mapping[str, ColumnChange] = field(default_factory=dict)
    masks: Mapping[str, Mask] = field(default_factory=dict)
    drops_others: bool = False
    secret: Secret | None = None

    @classmethod
    def make(
        cls, changes: Mapping[str, ColumnChange], masks: Mapping[str, Mask], secret: Secret | None
    ) -> Result[SourceColumns, Invalid]:
        """The changes; refused if a column is to be hashed without a secret."""
        hashed = [name for name, mask in masks.items() if mask is Mask.HASH]
        if hashed and secret is None:
            wanted = f"a text that only you know: without it, hashed values of {', '.join(hashed)} could be found by guessing"
            return Failure(Invalid("mask_secret", "", wanted))
        named = {name: change for name, change in changes.items() if name != OTHERS}
        drops_others = OTHERS in changes and changes[OTHERS].is_dropped
        return Success(cls(named, masks, drops_others, secret))

    def __bool__(self) -> bool:
        return bool(self.changes or self.masks or self.drops_others)

    def hashed(self, value: object) -> str | None:
        """The keyed hash of a value as 64 hexadecimal digits: equal values have equal hashes, and null stays null."""
        if value is None or self.secret is None:
            return None
        return hmac.new(self.secret.reveal().encode(), _bytes_of(value), hashlib.sha256).hexdigest()

    def of(self, names: Sequence[str]) -> Mapping[str, ColumnPlan]:
        """What becomes of each of the source's columns with these *names*."""
        known = ColumnNames.of(names)
        changes = {known.in_table(name): change for name, change in self.changes.items()}
        masks = {known.in_table(name): mask for name, mask in self.masks.items()}
        return {name: self._plan(name, changes.get(name), masks.get(name)) for name in names}

    def _plan(self, name: str, change: ColumnChange | None, mask: Mask | None) -> ColumnPlan:
        # provenance is asked for by an option of its own
        is_other = change is None and mask is None and name not in PROVENANCE
        is_left_out = is_other and self.drops_others
        is_dropped = is_left_out or mask is Mask.DROP or (change is not None and change.is_dropped)
        return ColumnPlan(is_dropped, mask is Mask.HASH, change.type if change else None)

    def not_stored(self, setting: str, column: str) -> Invalid | None:
        """Refuses the *column* of a *setting* by which loads go on, if its values are not stored: rows could not be compared.

        The state of a load would also have the values of a masked column.
        """
        plan = self.of((column,))[column]
        if not (plan.is_dropped or plan.is_hashed):
            return None
        wanted = "a column whose values are stored, which columns and mask neither leave out nor hash"
        return Invalid(setting, column, wanted)

    def missing(self, names: Sequence[str]) -> SourceFailed | None:
        """Refuses the source with these columns if a setting names none of them, because it may be misspelled."""
        # values that do not fit into a column's type are in a variant of it
        there = {*names, *(variant_of(name) for name in names)}
        known = ColumnNames.of(there)
        for setting, columns in (("mask", self.masks), ("columns", self.changes)):
            for column in columns:
                if known.in_table(column) not in there:
                    has = ", ".join(map(quoted, names))
                    cause = (
                        f"{setting} names the column {quoted(column)}, which no row has; the source has {has}"
                    )
                    step = f"Set {setting} to columns that the source sends."
                    return SourceFailed(cause, Category.CONFIGURATION, step)
        return None

    @property
    def renamed(self) -> Mapping[str, str]:
        """The new names of columns."""
        return {name: change.name for name, change in self.changes.items() if change.name is not None}

    @property
    def types(self) -> Mapping[str, ColumnType]:
        """The types that are set for columns."""
        return {name: change.type for name, change in self.changes.items() if change.type is not None}


@final
@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What becomes of one column of the source."""

    is_dropped: bool = False
    is_hashed: bool = False
    type: ColumnType | None = None


NO_CHANGES: Final = SourceColumns()


def _bytes_of(value: object) -> bytes:
    match value:
        case bytes():
            return value
        case bool():
            return b"true" if value else b"false"
        case _:
            return str(value).encode("utf-8", "surrogatepass")
