"""What a text is that was expected to be JSON or CSV, without showing any of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, final

_HTML: Final = re.compile(r"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
# A bracket alone may be that of a name: [id]
_JSON: Final = re.compile(r"""\s*([{[]\s*$|\{\s*"|\[\s*[{"])""")
_LEAST_LINES: Final = 2
PAGE: Final = "Check the URL: an address of a web page, or of a login, answers like this."
OTHER_FORMAT: Final = "Check the URL and the headers: an API may need 'Accept: application/json', or a parameter for the format."
BROKEN: Final = "Ask the API's owner to fix it: without a fix, its meaning would be a guess."
JSON: Final = "Set format to json, or to jsonl if each line is an object. If the file should be CSV, check the address: the answer may be an error."
CSV: Final = "Ask the API for JSON. If it has CSV only, load the address as a file, with source_type filesystem and format csv."


@final
@dataclass(frozen=True, slots=True)
class Found:
    """What was found in place of what was expected, and what to do."""

    words: str
    next_step: str


def found_in_place_of_csv(first_column: str) -> Found | None:
    """What a file is whose header begins with this name, if that cannot be CSV."""
    if _is_web_page(first_column):
        return Found("a web page (HTML)", PAGE)
    return Found("JSON", JSON) if _JSON.match(first_column) else None


def _is_web_page(text: str) -> bool:
    """Whether the text begins as a page of HTML does, such as that of a login."""
    return _HTML.match(text.lstrip()) is not None


def found_in_place_of_json(text: str, position: int) -> Found:
    """What a text is that is no JSON from this *position* on."""
    begin = text.lstrip()
    if _is_web_page(begin):
        return Found("a web page (HTML)", PAGE)
    if begin.startswith("<"):
        return Found("XML", OTHER_FORMAT)
    if begin.startswith(("{", "[")):
        return Found(_broken(text, position), BROKEN)
    if _looks_like_csv(begin):
        return Found("lines with the same number of commas, like CSV", CSV)
    return Found(f"a text of {len(text):,} characters", PAGE)


def _broken(text: str, position: int) -> str:
    if position >= len(text.rstrip()):
        return f"it is cut off after {len(text):,} characters"
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    return f"it is broken at line {line}, column {column}"


def _looks_like_csv(text: str) -> bool:
    lines = [line for line in text.splitlines()[:10] if line.strip()]
    counts = {line.count(",") for line in lines}
    return len(lines) >= _LEAST_LINES and len(counts) == 1 and 0 not in counts
