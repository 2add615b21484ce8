"""Values in the names of folders, as Hive and Spark write them: `dt=2026-01-31/country=DE/a.parquet`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from urllib.parse import unquote

from floe_ingestion_dlt.domain.schema import Scalar

# What Hive writes for null.
_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
# As str(int(text)) gives it, so that no leading zero is lost.
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,18}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONG: Final = 2**63


def folder_values(path: str) -> Mapping[str, str | None]:
    """The values in the folders of a path below the source's folder; of a name that comes twice, the deeper one counts."""
    pairs = (name.partition("=") for name in path.split("/")[:-1])
    return {
        unquote(name): None if value == _NULL else unquote(value)
        for name, is_pair, value in pairs
        if is_pair and name
    }


def type_of_values(values: Iterable[str | None]) -> Scalar | None:
    """The type in which all values are exact: whole numbers, days or text; None if all are null."""
    texts = {value for value in values if value is not None}
    if not texts:
        return None
    if all(map(_is_long, texts)):
        return Scalar.LONG
    return Scalar.DATE if all(map(_is_day, texts)) else Scalar.STRING


def _is_long(text: str) -> bool:
    return _WHOLE.fullmatch(text) is not None and -_LONG <= int(text) < _LONG


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False
