"""Which rows of a load its table has already, where a source is read again from its last cursor value on.

Rows are compared by their values, and counted: of three equal rows of which the table has two, one is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final, TypeAlias

Row: TypeAlias = Mapping[str, object]

# Columns that dlt adds say nothing of a row of the source.
OWN_PREFIX: Final = "_dlt_"
# A digest of what is nested in a row.
NESTED: Final = "_dlt_nested"
NOTHING: Final[frozenset[str]] = frozenset()


def compared(columns: Iterable[str]) -> tuple[str, ...]:
    """The columns by which rows are compared."""
    return tuple(column for column in columns if not column.startswith(OWN_PREFIX))


def known_rows(incoming: Sequence[Row], existing: Sequence[Row], added: frozenset[str]) -> frozenset[int]:
    """The places of the *incoming* rows that the table has: each of the *existing* rows accounts for one of them.

    Rows are compared by the columns that they bring. A null in a column that was *added* to the table later may be that
    of a row which was loaded before; it equals anything, but only for rows that nothing equals as it is. What is NESTED
    in rows decides between those that are equal otherwise.
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
    """The columns of which the row may know nothing."""
    return frozenset(column for column in added if row.get(column) is None)


def unknown_columns(existing: Iterable[Row], added: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The sets of columns of which rows may know nothing, the smallest first; each row is first taken as it is."""
    found = {unknown_in(row, added) for row in existing} - {NOTHING}
    return (NOTHING, *sorted(found, key=lambda columns: (len(columns), sorted(columns))))


def _values(row: Row, columns: Iterable[str]) -> tuple[object, ...]:
    return tuple(map(_comparable, map(row.get, columns)))


def _comparable(value: object) -> object:
    """The value as text that is equal for what a table holds as equal; what is no number differs from all that is."""
    return repr(value + 0.0) if isinstance(value, float) else repr(value)
