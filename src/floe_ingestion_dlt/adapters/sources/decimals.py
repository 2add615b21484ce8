"""Decimal types by their names."""

from __future__ import annotations

import re
from typing import Final

_DECIMAL: Final = re.compile(r"decimal128\((\d+), ?(\d+)\)")


def decimal_parameters(name: str) -> tuple[int, int] | None:
    """Precision and scale in `decimal128(precision, scale)`; None for another type's name."""
    found = _DECIMAL.fullmatch(name)
    return (int(found[1]), int(found[2])) if found else None
