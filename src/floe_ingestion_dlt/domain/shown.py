"""Texts of others, as far as they are shown: no control characters, no documents, no data."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

LONGEST: Final = 60
MOST_KEYS: Final = 10

# What is called so is a part of an answer, whatever is in it.
_PARTS: Final = frozenset(
    (  # noqa: SIM905 - a list of thirty would be thirty lines
        "_embedded _links count content data docs entities entries error errors hits included info items link links list "
        "meta metadata next objects page pages pagination paging payload records response result results rows status "
        "total value values"
    ).split()
)
_FIELD: Final = re.compile(r"[@$A-Za-z_][A-Za-z_.-]{0,39}", re.ASCII)


def shown(text: str, longest: int = LONGEST) -> str:
    """*text* with its control characters escaped and its end cut off."""
    cut = text if len(text) <= longest else f"{text[:longest]}…"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in cut)


def keys_in_words(keys: Iterable[tuple[object, bool]]) -> str:
    """The keys of an object, each with whether an object stands under it; those that may be data are counted only.

    An object of objects is often a table whose keys are ids, and names of fields have no digits or spaces.
    """
    listed = list(keys)
    named = [str(key) for key, is_over_object in listed if _is_name(str(key), is_over_object=is_over_object)]
    told = list(islice(named, MOST_KEYS))
    others = len(listed) - len(told)
    if not listed:
        return "no keys"
    counted = f"{others} {'more ' if told else ''}key{'' if others == 1 else 's'}"
    if not told:
        return f"{counted} that may be data"
    return ", ".join(told) + (f" and {counted}" if others else "")


def _is_name(key: str, *, is_over_object: bool) -> bool:
    return key.lower() in _PARTS or (not is_over_object and _FIELD.fullmatch(key) is not None)
