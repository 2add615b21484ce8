"""Makes texts from outside safe to show: without control characters, documents and data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from floe_ingestion_dlt.domain.redaction import redacted

# Longer names are cut; names mostly differ at the beginning.
LONGEST_NAME: Final = 200
LONGEST_PATH: Final = 1_000
MOST_NAMES: Final = 20
MOST_KEYS: Final = 10

# Keys with these names are parts of an answer and not data.
_PARTS: Final = frozenset(
    (  # noqa: SIM905 - a list of thirty would be thirty lines
        "_embedded _links count content data docs entities entries error errors hits included info items link links list "
        "meta metadata next objects page pages pagination paging payload records response result results rows status "
        "total value values"
    ).split()
)
_FIELD: Final = re.compile(r"[@$A-Za-z_][A-Za-z_.-]{0,39}", re.ASCII)


def is_text(text: str) -> bool:
    """Whether *text* is Unicode: keys of JSON can have single surrogates, and so do names of files that are not in UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str, limit: int = LONGEST_NAME) -> str:
    """*text*, cut to *limit* characters, with every unprintable character escaped.

    Control characters, line ends, marks that change the direction of writing, and bytes of a file's name that are not in the
    file system's encoding are unprintable.
    """
    cut = text[:limit]
    escaped = cut if cut.isprintable() else "".join(map(_escaped, cut))
    return escaped if len(text) <= limit else f"{escaped}... ({len(text):,} characters)"


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """The first *most* names, each as `shown`, and how many more there are."""
    first = ", ".join(shown(name) for name in names[:most])
    return first if len(names) <= most else f"{first} and {len(names) - most:,} more"


def quoted(value: object) -> str:
    """A value from outside in quotes: escaped, cut, and without credentials."""
    words = redacted(repr(value if isinstance(value, str) else str(value)))
    return words if len(words) <= LONGEST_NAME else f"{words[:LONGEST_NAME]}..."


def keys_in_words(keys: Iterable[tuple[object, bool]]) -> str:
    """The keys of an object in words; each of *keys* says whether its value is an object. Keys that may be data are only counted.

    The keys of an object of objects are often ids. Names of fields have no digits or spaces.
    """
    every = list(keys)
    named = [str(key) for key, is_over_object in every if _is_name(str(key), is_over_object=is_over_object)]
    first = list(islice(named, MOST_KEYS))
    others = len(every) - len(first)
    if not every:
        return "no keys"
    counted = f"{others} {'more ' if first else ''}key{'' if others == 1 else 's'}"
    if not first:
        return f"{counted} that may be data"
    return ", ".join(first) + (f" and {counted}" if others else "")


def _is_name(key: str, *, is_over_object: bool) -> bool:
    return key.lower() in _PARTS or (not is_over_object and _FIELD.fullmatch(key) is not None)


def _escaped(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
