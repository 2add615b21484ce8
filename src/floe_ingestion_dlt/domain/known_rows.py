"""Which rows of a load are already in the table, if a source is read again from its last cursor value on.

Rows are compared by their values, and counted: if a load has three equal rows and the table has two, one row is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final, TypeAlias

Row: TypeAlias = Mapping[str, object]

# Columns that dlt adds are not part of the source's row.
OWN_PREFIX: Final = "_dlt_"
# A digest of what is nested in a row.
NESTED: Final = "_dlt_nested"
NOTHING: Final[frozenset[str]] = frozenset()


def compared(columns: Iterable[str]) -> tuple[str, ...]:
    """The columns by which rows are compared."""
    return tuple(column for column in columns if not column.startswith(OWN_PREFIX))


def known_rows(incoming: Sequence[Row], existing: Sequence[Row], added: frozenset[str]) -> frozenset[int]:
    """The indexes of the *incoming* rows that the table already has; each *existing* row matches at most one of them.

    Rows are compared by the columns that the incoming row has. A null in a column that was *added* to the table later may belong
    to a row that was loaded before; it equals anything, but only if the incoming row has no exact match. The NESTED digest
    decides between rows that are otherwise equal.
    """
    left_in, left_there = list(range(len(incoming))), list(range(len(existing)))
    for unknown in unknown_columns(existing, added):
        groups = dict.fromkeys(frozenset(compared(row)) for row in incoming)
        for sent, nested in product(groups, ((NESTED,), ())):
            by = (*sorted(sent - unknown), *nested)
            free: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
            for place in left_there:
                if unknown <= unknown_in(existing[place], added):
                    free[_values(existing[place], by)].append(place)
            for place in tuple(left_in):
                same = (
                    free[_values(incoming[place], by)] if frozenset(compared(incoming[place])) == sent else []
                )
                if same:
                    left_there.remove(same.pop(0))
                    left_in.remove(place)
    return frozenset(range(len(incoming))) - frozenset(left_in)


def unknown_in(row: Row, added: frozenset[str]) -> frozenset[str]:
    """The added columns in which the row has a null, so that its value is not known."""
    return frozenset(column for column in added if row.get(column) is None)


def unknown_columns(existing: Iterable[Row], added: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The sets of columns with unknown values in rows, the smallest first; the first set is empty, for exact matches."""
    found = {unknown_in(row, added) for row in existing} - {NOTHING}
    return (NOTHING, *sorted(found, key=lambda columns: (len(columns), sorted(columns))))


def _values(row: Row, columns: Iterable[str]) -> tuple[object, ...]:
    return tuple(map(_comparable, map(row.get, columns)))


def _comparable(value: object) -> object:
    """The value as a text that is equal for values that are equal in a table; nan differs from every number."""
    return repr(value + 0.0) if isinstance(value, float) else repr(value)
