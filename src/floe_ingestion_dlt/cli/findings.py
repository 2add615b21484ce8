"""What is wrong with a declaration, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, final

# The keys and numbers that lead to a value in a document.
Path: TypeAlias = tuple[str | int, ...]


@final
@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: a *text* with its cure, the *field* as it is written in the file, and its *line*; of an unknown place, None.

    It *may_pass* by itself, if something does not answer now.
    """

    text: str
    field: str = ""
    line: int | None = None
    may_pass: bool = False

    def at(self, file: str) -> str:
        """The finding in one line, with the *file*."""
        place = file if self.line is None else f"{file}:{self.line}"
        return f"{place}: {f'{self.field}: ' if self.field else ''}{self.text}"


def field_at(path: Path) -> str:
    """The field at a path, with the numbers of elements in brackets: sources[0].shop.path."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
