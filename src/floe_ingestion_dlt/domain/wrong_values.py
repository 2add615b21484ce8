"""Values of a wrong type or beyond a limit, in the words of YAML, which has lists and mappings and no types of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.secret_names import is_secret_name

_LIST: Final = "a list is needed: in YAML, lines that begin with -"
_MAPPING: Final = "a mapping is needed: in YAML, lines such as key: value"
_WHOLE: Final = "a valid integer is needed, such as 3"
_NUMBER: Final = "a valid number is needed, such as 1.5"
_BOOLEAN: Final = "true or false is needed, without quotes"
_SIZE: Final = "a size is needed, such as 2GiB or 800MB"
_TEXT: Final = "a text is needed, in quotes if it looks like a number"
# By pydantic's names of errors.
_NEEDED: Final[Mapping[str, str]] = {
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "a finite number is needed",
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "byte_size": _SIZE,
    "byte_size_unit": _SIZE,
    "string_type": _TEXT,
}
# By the name of the limit in the error's context.
_LIMITS: Final[Mapping[str, str]] = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
}
_CHOICE: Final = re.compile(r"'([^']*)'")
# Their values may contain credentials below them, so a text in their place is not shown.
_HOLDERS: Final = frozenset({"dict_type", "model_type"})
_MISSING: Final = "it is missing"
# What people call a choice by the endings of files.
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "xlsx": "excel",
    "xls": "excel",
    "xlsb": "excel",
    "ods": "excel",
    "ndjson": "jsonl",
    "tsv": "csv",
    "txt": "csv",
    "pq": "parquet",
}


def in_words(
    kind: str, context: Mapping[str, object], path: Sequence[int | str], given: object
) -> str | None:
    """What is needed in the place of a value that was *given* at *path*; None for another *kind* of error.

    The value is shown, unless one of the names on its path is that of a credential.
    """
    if kind == "missing":
        return _MISSING
    needed = _needed(kind, context, given)
    if needed is None:
        return None
    is_hidden = kind in _HOLDERS or any(is_secret_name(str(name)) for name in path)
    return f"{needed}; {_in_words(given, is_hidden=is_hidden)} was given"


def _needed(kind: str, context: Mapping[str, object], given: object) -> str | None:
    if kind in {"enum", "literal_error"}:
        choices = _CHOICE.findall(str(context.get("expected", "")))
        near = _nearest(given, choices) if isinstance(given, str) else None
        meant = f" (did you mean {near}?)" if near else ""
        return f"one of {', '.join(choices)} is needed{meant}" if choices else None
    for name, limit in _LIMITS.items():
        if kind.startswith(("greater_than", "less_than")) and name in context:
            return f"a number of {limit.format(context[name])} is needed"
    return _NEEDED.get(kind)


def _nearest(given: str, choices: Sequence[str]) -> str | None:
    """The choice that was meant, if that can be guessed."""
    known = _OTHER_NAMES.get(given.lower().lstrip("."))
    return known if known in choices else next(iter(get_close_matches(given, choices, n=1)), None)


def _in_words(given: object, *, is_hidden: bool) -> str:
    match given:
        case None:
            return "nothing"
        case Mapping():
            return "a mapping"
        case str():
            return "a text" if is_hidden else quoted(given)
        case list() | tuple() | set() | frozenset():
            return "a list"
        case bool() | int() | float():
            return "a number" if is_hidden else str(given).lower()
        case _:
            return f"a value of the type {type(given).__name__}"
