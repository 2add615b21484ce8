"""Names of columns, made of the names that a source has: lower case with underscores, in any script."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Iceberg's metadata columns: Spark cannot read a table that has a column of this name.
RESERVED: Final = frozenset(
    {
        "_file",
        "_pos",
        "_deleted",
        "_partition",
        "_spec_id",
        "_row_id",
        "_last_updated_sequence_number",
        "_change_type",
        "_change_ordinal",
        "_commit_snapshot_id",
    }
)


def unreserved(name: str) -> str:
    """The name itself, or `source_file` for a name such as `_file` that Iceberg keeps for itself."""
    return f"source{name}" if name in RESERVED else name


def snake_case(name: str) -> str:
    """The name as dlt's snake case has it, with the letters, marks and digits of every script kept."""
    normal = unicodedata.normalize("NFC", name).translate(_SPELLED)
    letters = (char if char == "_" or unicodedata.category(char)[0] in "LMN" else " " for char in normal)
    kept = re.sub(" +", "_", "".join(letters))
    words = _with_breaks(kept).lower()
    begun = f"_{words}" if words[:1].isdigit() else words
    # dlt tells names apart that end in different numbers of underscores
    stripped = begun.rstrip("_")
    return re.sub("_+", "_", stripped + "x" * (len(begun) - len(stripped)))


_SPELLED: Final = str.maketrans("+-*@|", "x_xal")


def _with_breaks(name: str) -> str:
    """The name with an underscore before each capital letter that begins a word: `userName`, `HTTPServer`."""
    broken: list[str] = []
    for place, char in enumerate(name):
        before, after = name[place - 1 : place], name[place + 1 : place + 2]
        begins = char.isupper() and before not in {"", "_"}
        if begins and (before.islower() or before.isdigit() or after.islower()):
            broken.append("_")
        broken.append(char)
    return "".join(broken)
