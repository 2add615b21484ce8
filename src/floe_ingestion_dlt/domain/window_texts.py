"""Windows as texts, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from floe_ingestion_dlt.domain.window_bounds import Bound
from floe_ingestion_dlt.domain.windows import Window

_READERS: Final[Mapping[str, Callable[[str], Bound]]] = {
    "int": int,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "text": str,
}


def text_of(window: Window) -> str:
    """The window as JSON: bounds as texts, with their kind."""
    kind, start = written(window.start)
    _, end = written(window.end)
    return json.dumps({"column": window.column, "kind": kind, "start": start, "end": end})


def window_in(text: str) -> Window | None:
    """The window that was written as *text*; None for any other text."""
    try:
        kept = json.loads(text)
        kind = kept["kind"]
        return Window(kept["column"], bound_in(kind, kept["start"]), bound_in(kind, kept["end"]))
    except (ValueError, KeyError, TypeError, InvalidOperation, RecursionError):
        return None


def bound_in(kind: str, text: str) -> Bound:
    """The bound that was written as a *text* of this *kind*."""
    return _READERS[kind](text)


def written(bound: Bound) -> tuple[str, str]:
    """The kind of the bound, and its text."""
    match bound:
        case datetime():
            return "datetime", bound.isoformat()
        case date():
            return "date", bound.isoformat()
        case Decimal():
            return "decimal", str(bound)
        case int():
            return "int", str(bound)
        case _:
            return "text", str(bound)
