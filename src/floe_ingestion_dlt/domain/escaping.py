"""Texts of others, such as names of files and columns, in a form that a terminal and a log line can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

# A name that is longer is cut: what tells two of them apart mostly stands at the beginning.
LONGEST_NAME: Final = 200
LONGEST_PATH: Final = 1_000
MOST_NAMES: Final = 20


def shown(text: str, limit: int = LONGEST_NAME) -> str:
    """*text* with every character escaped that is not printable, and cut to *limit* of its characters.

    Not printable are control characters, line ends, marks that change the direction of writing, and bytes of a file's
    name that are not in the file system's encoding.
    """
    cut = text[:limit]
    escaped = cut if cut.isprintable() else "".join(map(_escaped, cut))
    return escaped if len(text) <= limit else f"{escaped}... ({len(text):,} characters)"


def listed(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """The first *most* names, each as `shown`, and how many more there are."""
    told = ", ".join(shown(name) for name in names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most:,} more"


def _escaped(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
