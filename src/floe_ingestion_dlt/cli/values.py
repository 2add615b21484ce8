"""Values on the command line, written as in YAML: 5, 1.5, 2026-03-01, 2026-03-01T12:00:00Z, or a text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import typer
import yaml

from floe_ingestion_dlt.domain.window_bounds import Bound

BETWEEN: Final = ".."


def bound_of(text: str) -> Bound:
    """The value; a text that looks like another value is put into quotes, as in '"5"'."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        value = text
    match value:
        case bool() | None | list() | dict():
            return text
        case float():
            return Decimal(text) if _is_decimal(text) else text
        case int() | date() | str():
            return value
        case _:
            return text


def range_of(text: str) -> tuple[Bound, Bound]:
    """The two ends of a range, start..end; the end is not in it. Raises typer.BadParameter for another text."""
    start, found, end = text.partition(BETWEEN)
    if not found or not start.strip() or not end.strip():
        raise typer.BadParameter(f"{text!r} is no range. Write start..end, such as 2026-01-01..2026-02-01.")
    return bound_of(start.strip()), bound_of(end.strip())


def _is_decimal(text: str) -> bool:
    return text.strip().lstrip("+-").replace(".", "", 1).isdigit()
