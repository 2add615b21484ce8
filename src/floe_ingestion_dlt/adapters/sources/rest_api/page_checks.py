"""What is checked of each page of a resource, whatever its paginator is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, final

import requests

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import TJsonPath, compile_path, values_at
from floe_ingestion_dlt.adapters.sources.rest_api.json_answers import json_of
from floe_ingestion_dlt.adapters.sources.rest_api.pages_ahead import PagesAhead
from floe_ingestion_dlt.domain.events import PagesMayBeMissing
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.more_pages import Read, sign_of_more
from floe_ingestion_dlt.domain.safe_texts import keys_in_words
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import Report, SourceError, unreadable

WHOLE: Final = "$"
_CHOICE: Final = re.compile(r"\.?(\[[*?:\d-].*|\*.*|\.\..*)$")
SAME: Final = (
    "Check the names of the parameters in the paginator, and the number of its first page: the API ignores them. If pages may be equal,"
    " set client.allow_repeated_requests."
)
OVERLAP: Final = (
    "Set the paginator's limit to the number of rows that the API sends in one page. If it leaves rows out of its pages, use a paginator"
    " by pages or cursors. If rows were added meanwhile, run again."
)


@final
@dataclass(frozen=True, slots=True)
class PageChecks:
    """Checks for the pages of one *resource*, whose records are at the *selector*; None if dlt looks for them."""

    resource: str
    selector: str | None
    report: Report
    may_repeat: bool = False
    ahead: PagesAhead | None = None
    reported: set[str] = field(default_factory=set)

    def __deepcopy__(self, _: object) -> PageChecks:
        """The checks themselves: dlt copies a paginator for each row of a parent."""
        return self

    def rows_in(self, response: requests.Response, records: list[object]) -> int | None:
        """The number of rows in the page, also if the selector chooses some of them; None if it is not known."""
        if self.selector is None or not (choice := _CHOICE.search(self.selector)):
            return len(records)
        found = values_at(compile_path(self.selector[: choice.start()] or WHOLE), json_of(response))
        is_list = len(found) == 1 and isinstance(found[0], list)
        # what follows the first choice may choose further, inside of each row
        return len(found[0]) if is_list and isinstance(found[0], list) else None

    def value_at(self, path: TJsonPath, response: requests.Response) -> object:
        """The value that the answer has at the *path*, None if it has none."""
        found = values_at(path, json_of(response))
        return found[0] if found else None

    def missing(self, option: str, path: object, response: requests.Response) -> SourceError:
        """The error for an answer without the value that an *option* of the paginator names."""
        content = json_of(response)
        has = shape_of(content)
        return unreadable(
            f"{place_of(response.request)} answered with {has}, and nothing usable at {path}, the paginator's {option}",
            f"Set the paginator's {option} to the path of that value in the answer. If the API does not send it, set it to null: then has_more_path,"
            " or an empty page, ends the pages.",
            Category.CONFIGURATION,
        )

    def incomplete(self, response: requests.Response, said: str) -> SourceError:
        return unreadable(
            f"the pages of the resource {self.resource} ended too early: the last answer, to {place_of(response.request)}, says {said}",
            "Compare the paginator with the API: its limit, its total_path and the number of its first page. If the API's total is not that of"
            " the rows, set total_path to null.",
            Category.CONFIGURATION,
        )

    def ended(self, response: requests.Response, read: Read) -> None:
        """Report a sign of more pages in the last answer, once for each resource."""
        # the keys of a record are not those of a page
        answer = None if self.selector == WHOLE else json_of(response)
        sign = sign_of_more(
            answer, response.headers, read, has_next_link=bool(response.links.get("next", {}).get("url"))
        )
        if sign is not None:
            self.warn(sign)

    def warn(self, sign: str) -> None:
        if not self.reported:
            self.reported.add(sign)
            self.report(PagesMayBeMissing(self.resource, sign))


@dataclass
class PageMarks:
    """Digests of the last page, by which a page that is sent again is recognised."""

    whole: tuple[bytes, ...] = ()
    rows: tuple[bytes, ...] = ()

    def is_repeated(self, records: list[object]) -> bool:
        """Whether these records are exactly those of the last page."""
        return bool(self.whole) and bool(records) and self.whole == _ends(records)

    def overlaps(self, records: list[object]) -> bool:
        """Whether the page begins with the rows with which the last one, a short one, has ended."""
        most = min(len(self.rows), len(records))
        begin = tuple(map(_mark, records[:most])) if most else ()
        return any(self.rows[-count:] == begin[:count] for count in range(1, most + 1))

    def keep(self, records: list[object], *, is_short: bool) -> None:
        if records:
            self.whole = _ends(records)
        self.rows = tuple(map(_mark, records)) if is_short else ()


def shape_of(content: object) -> str:
    """What an answer is, in words and without its values."""
    if isinstance(content, Mapping):
        keys = ((key, isinstance(value, Mapping)) for key, value in content.items())
        return f"an object with {keys_in_words(keys)}"
    return "a list" if isinstance(content, list) else f"a JSON {type(content).__name__}"


def _ends(records: list[object]) -> tuple[bytes, ...]:
    return (str(len(records)).encode(), _mark(records[0]), _mark(records[-1]))


def _mark(record: object) -> bytes:
    text = json.dumps(record, sort_keys=True, default=str)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
