"""Names for the columns of a header that has some without a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


def named_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The names of the *header*, with `column_1` and so on, by their place, for those that are empty or blank.

    A name that another column has in some spelling is followed by a number that makes it another name.
    """
    taken = {_plain(name) for name in header if name.strip()}
    names: list[str] = []
    for place, name in enumerate(header, 1):
        names.append(name if name.strip() else _free(f"column_{place}", taken))
        taken.add(names[-1])
    return tuple(names)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _plain(name: str) -> str:
    """The name without differences of spelling: `Column 1` and `column_1` become one column of a table."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return _NO_LETTER.sub("_", words.lower()).strip("_")
