"""Where pages are, and the blocks in them that come from the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parents[2] / "docs"


def block(text: str, name: str) -> str:
    """What stands in the page between the marks of that name."""
    begin, end = _span(text, name)
    return text[begin:end]


def with_block(text: str, name: str, content: str) -> str:
    """The page with another content between the marks of that name."""
    begin, end = _span(text, name)
    return text[:begin] + content + text[end:]


def _span(text: str, name: str) -> tuple[int, int]:
    found = re.search(
        rf"<!-- {name}: begin -->\n(?:```\n)?(.*?)(?:```\n)?<!-- {name}: end -->", text, re.DOTALL
    )
    assert found is not None, f"the page has no marks of the name {name}"
    return found.span(1)
