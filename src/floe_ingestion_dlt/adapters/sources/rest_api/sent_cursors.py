"""Cursors whose values are sent in the form that the API wants: `format` and `timezone` of an `incremental`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.boundary.validation import value_or_raise
from floe_ingestion_dlt.domain.faults import Category, Invalid
from floe_ingestion_dlt.domain.moments import Bound
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.domain.sent_times import TIMES, SentTimes
from floe_ingestion_dlt.ports.source import unreadable

# What dlt does not know, and what decides by itself what is sent.
_OURS: Final = ("format", "timezone")
_OTHERS: Final = ("convert", "transform", "allow_external_schedulers")


class _EndText(str):
    """The end of what is read; dlt converts it as it does a start."""

    __slots__ = ()


class _EndInteger(int):
    """The end of what is read, as a whole number."""


class _EndNumber(float):
    """The end of what is read, as a number."""


@final
@dataclass(frozen=True, slots=True)
class SentCursor:
    """Converts a cursor's values to what is sent; dlt calls it before each request that has one of them."""

    times: SentTimes
    place: str
    first: Bound

    def __call__(self, value: object) -> object:
        if value is None:
            return None
        is_end = isinstance(value, _EndText | _EndInteger | _EndNumber)
        bound = self.first if not is_end else _other(self.first)
        sent = self.times.sent(value, bound)
        if sent is None:
            raise unreadable(
                f"the cursor of {self.place} has a value that is no time, or none that {self.times.form.value} has",
                f"{self.place}.format is for times: {TIMES}. Remove format to send the value as it came, or set cursor_path to"
                " a field with times.",
                Category.CONFIGURATION,
            )
        return sent


def of_resource(resource: object, place: str) -> object:
    """The *resource* with a conversion for each `incremental` that has a format; raises a ValueError for one that cannot be used."""
    if not isinstance(resource, Mapping) or not isinstance(endpoint := resource.get("endpoint"), Mapping):
        return resource
    changed = dict(endpoint)
    if "incremental" in endpoint:
        changed["incremental"] = in_sent_form(endpoint["incremental"], f"{place}.endpoint.incremental")
    if "params" in endpoint:
        changed["params"] = params_in_sent_forms(endpoint["params"], f"{place}.endpoint.params")
    return {**resource, "endpoint": changed}


def params_in_sent_forms(params: object, place: str) -> object:
    """The parameters, of which some may be cursors, as those `of_resource`."""
    if not isinstance(params, Mapping):
        return params
    return {
        name: in_sent_form(value, f"{place}.{name}") if _is_cursor(value) else value
        for name, value in params.items()
    }


def in_sent_form(incremental: object, place: str) -> object:
    """One `incremental`, as those `of_resource`."""
    if not isinstance(incremental, Mapping) or not any(name in incremental for name in _OURS):
        return incremental
    return value_or_raise(_with_conversion(incremental, place))


def _is_cursor(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("type") == "incremental"


def _with_conversion(incremental: Mapping[str, object], place: str) -> Result[dict[str, object], Invalid]:
    other = next((name for name in _OTHERS if incremental.get(name)), None)
    if other is not None:
        why = f"format decides what is sent, and {other} would, too"
        return Failure(Invalid(f"{place}.{other}", None, why, is_superfluous=True))
    return SentTimes.parse(incremental.get("format"), incremental.get("timezone"), place).bind(
        lambda times: _of_times(incremental, times, place)
    )


def _of_times(
    incremental: Mapping[str, object], times: SentTimes, place: str
) -> Result[dict[str, object], Invalid]:
    # A cursor that goes down begins at its highest value.
    first = Bound.END if incremental.get("last_value_func") is min else Bound.START
    convert = SentCursor(times, place, first)
    kept = {name: value for name, value in incremental.items() if name not in _OURS}
    for name, bound in (("initial_value", first), ("end_value", _other(first))):
        if (value := kept.get(name)) is None:
            continue
        if times.sent(value, bound) is None:
            return Failure(Invalid(f"{place}.{name}", shown(str(value)), f"{TIMES}, because format is set"))
        # YAML reads unquoted dates and times, which are texts in answers
        kept[name] = value.isoformat() if isinstance(value, date) else value
    if "end_value" in kept:
        kept["end_value"] = _as_end(kept["end_value"])
    return Success({**kept, "convert": convert})


def _as_end(value: object) -> object:
    match value:
        case str():
            return _EndText(value)
        case int():
            return _EndInteger(value)
        case float():
            return _EndNumber(value)
        case _:
            return value


def _other(bound: Bound) -> Bound:
    return Bound.END if bound is Bound.START else Bound.START
