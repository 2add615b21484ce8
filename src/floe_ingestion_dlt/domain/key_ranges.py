"""Ranges of a key by which a table is divided: each row is in exactly one, and gaps without keys do not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, TypeAlias, final

from floe_ingestion_dlt.domain.slices import Key, KeyRange

# The lowest and the highest key of the rows in a range; None if there is none.
Extremes: TypeAlias = Callable[[KeyRange], tuple[object, object]]
Number: TypeAlias = int | Fraction
Span: TypeAlias = tuple[Number, Number]

# How often gaps are looked for, and in how many ranges at a time.
MOST_ROUNDS: Final = 5
MOST_PROBES: Final = 64
# More digits than any column has.
_EXACT: Final = Context(prec=100)
_MICROSECOND: Final = timedelta(microseconds=1)


def ranges_of(column: str, extremes: Extremes, count: int) -> tuple[KeyRange, ...]:
    """At most *count* ranges, open at both ends, of equal width without the gaps between the keys that are there.

    There is one range if the table has no keys, or keys that have no order.
    """
    low, high = extremes(KeyRange(column))
    if (scale := _scale_of(low, high)) is None:
        return (KeyRange(column),)
    spans = [(scale.place(low), scale.place(high))]
    for _ in range(MOST_ROUNDS):
        found = _without_gaps(column, spans, extremes, min(count, MOST_PROBES), scale)
        before, now = _width(spans, scale.unit), _width(found, scale.unit)
        if not 0 < now <= before / 2:
            break
        spans = found
    return ranges_between(column, map(scale.key, _bounds(spans, count, scale.unit)))


def _without_gaps(
    column: str, spans: Sequence[Span], extremes: Extremes, count: int, scale: _Scale
) -> list[Span]:
    """The spans in which there are keys, after each of the *spans* was divided at its bounds."""
    places = {first for first, _ in spans} | set(_bounds(spans, count, scale.unit))
    starts = [*map(scale.key, sorted(places)), None]
    found = (extremes(KeyRange(column, start, end)) for start, end in pairwise(starts))
    return [(scale.place(first), scale.place(last)) for first, last in found if first is not None]


def ranges_between(column: str, bounds: Iterable[Key]) -> tuple[KeyRange, ...]:
    """The ranges that the *bounds* separate; together they have each row once."""
    edges = (None, *sorted(set(bounds)), None)
    return tuple(KeyRange(column, start, end) for start, end in pairwise(edges))


@final
@dataclass(frozen=True, slots=True)
class _Scale:
    """Keys as exact numbers, and back; a key alone is *unit* wide."""

    place: Callable[[Any], Number]
    key: Callable[[Any], Key]
    unit: int = 1


def _scale_of(low: object, high: object) -> _Scale | None:
    """The scale of the keys from *low* to *high*; None if these are not two keys of one kind."""
    match low, high:
        case (bool(), _) | (_, bool()):
            return None
        case int(), int():
            return _Scale(int, int)
        case Decimal(), Decimal() if low.is_finite() and high.is_finite():
            return _Scale(Fraction, _decimal, unit=0)
        case datetime(), datetime():
            return _Scale(lambda key: (key - low) // _MICROSECOND, lambda place: low + place * _MICROSECOND)
        case date(), date() if not isinstance(low, datetime) and not isinstance(high, datetime):
            return _Scale(lambda key: (key - low).days, lambda place: low + timedelta(place))
        case _:
            return None


def _decimal(place: Fraction) -> Decimal:
    return _EXACT.divide(Decimal(place.numerator), Decimal(place.denominator))


def _width(spans: Iterable[Span], unit: int) -> Number:
    return sum((last - first + unit for first, last in spans), 0)


def _bounds(spans: Sequence[Span], count: int, unit: int) -> list[Number]:
    """The places that divide the *spans*, as if they followed one another, into *count* parts of equal width."""
    width = _width(spans, unit)
    return [_at(_part(width, step, count), spans, unit) for step in range(1, count)]


def _part(width: Number, step: int, count: int) -> Number:
    return width * step // count if isinstance(width, int) else width * step / count


def _at(offset: Number, spans: Sequence[Span], unit: int) -> Number:
    """The place so far from the beginning of the spans."""
    for first, last in spans:
        width = last - first + unit
        if offset < width:
            return first + offset
        offset -= width
    return spans[-1][1]
