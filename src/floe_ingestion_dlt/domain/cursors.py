"""The options of a cursor: where the first load begins, how far each load looks back, where rows end, and what becomes of nulls."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from typing import Final, TypeGuard, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.cursor_values import before, is_at_least
from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.window_bounds import Bound, plain

_OPTIONS: Final = ("column", "initial_value", "lag", "on_null", "end_value")
_DURATION: Final = re.compile(r"(\d{1,9})\s*([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LAGS: Final = "a number above 0, or a text such as 90s, 15m, 2h or 3d (seconds, minutes, hours, days)"
_VALUES: Final = "a date, a time, a text or a number"
_COLUMN: Final = "the name of a column"


class OnNull(Enum):
    """What becomes of rows whose cursor is null."""

    ERROR = "error"
    INCLUDE = "include"
    EXCLUDE = "exclude"


@final
@dataclass(frozen=True, slots=True)
class Lag:
    """How far before the last value a load begins: a duration for times and dates, a number for numbers."""

    amount: timedelta | Decimal

    @classmethod
    def parse(cls, given: object) -> Result[Lag, Invalid]:
        """The lag that was *given* as a number, or as a text with a unit."""
        amount = _duration(given) if isinstance(given, str) else _number(given)
        if not amount or str(amount).startswith("-"):
            return Failure(Invalid("cursor.lag", shown(given), _LAGS))
        return Success(cls(amount))

    def start(self, last: object, column: str) -> Result[object, Invalid]:
        """The value from which a load reads if the *last* value was loaded."""
        found = before(last, self.amount)
        if found is not None:
            return Success(found)
        wanted = (
            f"a lag that fits the last value of {column}, which is of type {type(last).__name__}:"
            " a duration such as 2h for times and dates, a number for numbers; no other values have a lag"
        )
        return Failure(Invalid("cursor.lag", str(self), wanted))

    def __str__(self) -> str:
        return str(self.amount)


@final
@dataclass(frozen=True, slots=True)
class CursorOptions:
    """How rows are chosen by a cursor.

    Rows before *initial_value* are not read by the first load, and rows from *end_value* on by none. Each load begins the *lag*
    before the last value. *on_null* says what becomes of rows whose cursor is null.
    """

    initial_value: Bound | None = None
    lag: Lag | None = None
    on_null: OnNull = OnNull.ERROR
    end_value: Bound | None = None

    @property
    def of_all_rows(self) -> CursorOptions:
        """The options for a load that reads all rows."""
        return CursorOptions(on_null=self.on_null)

    def first(self, last: object) -> Bound | None:
        """The value before which no row is read; None once the cursor has a *last* value before it, because a load then follows that one."""
        if self.initial_value is None or last is None:
            return self.initial_value
        return self.initial_value if is_at_least(last, self.initial_value) else None


NO_OPTIONS: Final = CursorOptions()


@final
@dataclass(frozen=True, slots=True)
class Cursor:
    """The column by which new rows are recognised, and its options; without a column, there is no cursor."""

    column: str | None = None
    options: CursorOptions = NO_OPTIONS

    @classmethod
    def parse(cls, given: object, cursor_field: str | None = None) -> Result[Cursor, Invalid]:
        """The cursor that was *given* as a column's name or as a mapping, or by its short form, the *cursor_field*."""
        if given is None:
            return Success(cls(cursor_field))
        if cursor_field is not None:
            wanted = "cursor has the column already; name it only once"
            return Failure(Invalid("cursor_field", None, wanted, is_superfluous=True))
        if isinstance(given, Mapping):
            return _parsed(given)
        if _is_name(given):
            return Success(cls(given))
        return Failure(
            Invalid("cursor", shown(given), f"{_COLUMN}, or to a mapping of {', '.join(_OPTIONS)}")
        )


def _parsed(given: Mapping[object, object]) -> Result[Cursor, Invalid]:
    unknown = next((str(name) for name in given if name not in _OPTIONS), None)
    if unknown is not None:
        near = get_close_matches(unknown, _OPTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the options are {', '.join(_OPTIONS)}"
        return Failure(Invalid(f"cursor.{unknown}", None, f"it is no option; {hint}", is_superfluous=True))
    column = given.get("column")
    if not _is_name(column):
        return Failure(Invalid("cursor.column", shown(column), _COLUMN))
    return _options(given).map(lambda options: Cursor(column, options))


def _options(given: Mapping[object, object]) -> Result[CursorOptions, Invalid]:
    return (
        _value(given, "initial_value")
        .map(lambda first: CursorOptions(initial_value=first))
        .bind(lambda known: _value(given, "end_value").map(lambda end: replace(known, end_value=end)))
        .bind(lambda known: _on_null(given.get("on_null")).map(lambda rule: replace(known, on_null=rule)))
        .bind(lambda known: _with_lag(known, given.get("lag")))
        .bind(_in_order)
    )


def _value(given: Mapping[object, object], name: str) -> Result[Bound | None, Invalid]:
    value = given.get(name)
    if value is None:
        return Success(None)
    is_finite = not isinstance(value, float) or math.isfinite(value)
    bound = plain(Decimal(repr(value)) if isinstance(value, float) and is_finite else value)
    if bound is None or (isinstance(bound, str) and not bound.strip()):
        return Failure(Invalid(f"cursor.{name}", shown(value), _VALUES))
    return Success(bound)


def _on_null(given: object) -> Result[OnNull, Invalid]:
    if given is None:
        return Success(OnNull.ERROR)
    rules = {rule.value: rule for rule in OnNull}
    if isinstance(given, str) and given in rules:
        return Success(rules[given])
    return Failure(Invalid("cursor.on_null", shown(given), f"one of {', '.join(rules)}"))


def _with_lag(known: CursorOptions, given: object) -> Result[CursorOptions, Invalid]:
    return Success(known) if given is None else Lag.parse(given).map(lambda lag: replace(known, lag=lag))


def _in_order(options: CursorOptions) -> Result[CursorOptions, Invalid]:
    """The options, if they can belong to one column: the end is after the beginning, and the lag is of its kind."""
    first, end = options.initial_value, options.end_value
    if first is not None and end is not None and is_at_least(first, end) is not False:
        return Failure(
            Invalid("cursor.end_value", shown(end), f"a value after initial_value ({first}), of its kind")
        )
    for value in (first, end):
        if options.lag is not None and value is not None and before(value, options.lag.amount) is None:
            wanted = (
                f"a lag that fits {value}: a duration such as 2h for times and dates, a number for numbers"
            )
            return Failure(Invalid("cursor.lag", str(options.lag), wanted))
    return Success(options)


def not_comparable(name: str, bound: Bound, column: str, kind: str) -> Invalid:
    """The refusal of the option of this *name*, because the column is of another *kind*."""
    wanted = f"a value that can be compared with {column}, which is of type {kind}"
    return Invalid(f"cursor.{name}", shown(bound), wanted)


def shown(given: object) -> str:
    """The value in an error, if it is one of a column; else its type."""
    if given is None:
        return ""
    is_value = isinstance(given, str | int | float | Decimal | date)
    return str(given) or "''" if is_value else f"a value of type {type(given).__name__}"


def _is_name(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and bool(given.strip())


def _duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        return None


def _number(given: object) -> Decimal | None:
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        return None
    number = Decimal(repr(given)) if isinstance(given, float) else Decimal(given)
    return number if number.is_finite() else None
