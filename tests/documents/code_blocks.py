"""The code on the pages: blocks in a language, and the commands in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from tests.documents.pages import DOCS

ROOT: Final = DOCS.parent
PAGES: Final = (
    *sorted(ROOT.glob("*.md")),
    *sorted(DOCS.glob("*.md")),
    *sorted(ROOT.glob("orchestrators/*/README.md")),
)
_BLOCK: Final = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_IN_TEXT: Final = re.compile(r"`([^`\n]+)`|^    (.+)$", re.MULTILINE)


@final
@dataclass(frozen=True, slots=True)
class Block:
    """A block of code on a page, from the *line* on."""

    page: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The blocks in these languages on all pages."""
    return [block for page in PAGES for block in _blocks_of(page) if block.language in languages]


def commands() -> Iterator[tuple[str, str]]:
    """What may be typed into a shell, each with its page: blocks of shell or of no language, indented lines, and code in the text."""
    for block in blocks("sh", ""):
        for line in block.code.splitlines():
            yield block.page, line
    for page in PAGES:
        text = _BLOCK.sub("", page.read_text())
        for in_line, indented in _IN_TEXT.findall(text):
            yield _name(page), in_line or indented


def _blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        code = re.sub(rf"^{found[1]}", "", found[3], flags=re.MULTILINE)
        yield Block(_name(page), line, found[2], code)


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))
