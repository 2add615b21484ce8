"""What is wrong with a file of JSON lines, and what to do about it."""

from __future__ import annotations

import json
from typing import Final

from floe_ingestion_dlt.adapters.sources.columns import Misfit
from floe_ingestion_dlt.adapters.sources.filesystem.json_lines import BrokenLineError, NotUtf8Error
from floe_ingestion_dlt.adapters.sources.filesystem.text_encoding import SET_ENCODING
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.ports.source import SourceError, unreadable

FIX_THE_LINE: Final = "Fix it where it is written, or exclude the file by include_glob."
FIX_THE_FILE: Final = "Fix the file, or exclude it by include_glob."
SET_JSONL: Final = "Set format to jsonl if each line is an object."
_SET_JSON: Final = "Set format to json, or exclude the file by include_glob."
_WHOLE_CHARACTERS: Final = (
    "Fix the text where it is written: a character was cut in two. Or exclude the file by include_glob."
)
_NAME_THE_TYPE: Final = (
    "Name the column's type in reader_options.column_types ('string' takes any value), then run again."
)


def array_error(path: str, number: int) -> SourceError:
    """The error for a file that begins with an array."""
    return unreadable(
        f"{path}, line {number} begins a JSON array, and each line must be a JSON object", _SET_JSON
    )


def line_error(place: str, broken: BrokenLineError) -> SourceError:
    """The error for a line, or an object, that cannot be read."""
    step = SET_ENCODING if isinstance(broken, NotUtf8Error) else FIX_THE_LINE
    return unreadable(f"{place} {broken}", step)


def misfit_error(place: str, column: str, misfit: Misfit, value: object) -> SourceError:
    """The error for a *value* that does not fit into its column."""
    at = f"{place}, column {shown(column)}"
    if _has_half_a_character(value):
        return unreadable(f"{at}: a text has half of a character (a single surrogate)", _WHOLE_CHARACTERS)
    return unreadable(f"{at}: {misfit.reason}", _NAME_THE_TYPE)


def _has_half_a_character(value: object) -> bool:
    if not isinstance(value, str | list | dict):
        return False
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False
