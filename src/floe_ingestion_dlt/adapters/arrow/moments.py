"""Texts of moments as timestamps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from floe_ingestion_dlt.adapters.arrow.stubs import Array

# The first and the last moment that Python has.
_FIRST: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
_LAST: Final = dt.datetime.max.replace(tzinfo=dt.UTC)


def moments_of(texts: Sequence[str | None], read: Callable[[str], dt.datetime]) -> Array:
    """The moments in UTC; *read* reads texts that pyarrow does not read. Those without a zone are in UTC.

    Raises ValueError for a moment outside of the years 1 to 9999, and what *read* raises.
    """
    values = pa.array(texts, pa.string())
    for zone in ("UTC", None):
        try:
            found = values.cast(pa.timestamp("us", zone))
        except pa.ArrowInvalid:
            continue  # texts with a zone and without are mixed, or have a form that pyarrow does not read
        return _in_bounds(found.cast(pa.timestamp("us", "UTC")))
    moments = [None if text is None else _in_utc(read(text)) for text in texts]
    return pa.array(moments, pa.timestamp("us", "UTC"))


def _in_utc(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _in_bounds(moments: Array) -> Array:
    if pc.any(pc.or_(pc.less(moments, pa.scalar(_FIRST)), pc.greater(moments, pa.scalar(_LAST)))).as_py():
        raise ValueError("a moment is outside of the years 1 to 9999")
    return moments
