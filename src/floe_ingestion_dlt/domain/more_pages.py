"""Signs in an API's last answer that there are more pages than were read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from floe_ingestion_dlt.domain.safe_texts import shown

_NEXT: Final = frozenset(
    (  # noqa: SIM905 - a list of twenty would be twenty lines
        "next nextpage nextpageurl nextpageuri nextpagelink nexturl nexturi nextlink nexthref nextcursor nextpagecursor"
        " nextpagetoken nexttoken nextpageid nextoffset nextrecordsurl nextmarker nextstart odatanextlink continuationtoken"
        " continuation xnextpage"
    ).split()
)
_MORE: Final = frozenset(
    "hasmore hasnext hasnextpage hasmoreresults hasmoreitems morerecords moreresults ismore more".split()  # noqa: SIM905
)
_LAST: Final = frozenset("islast islastpage last lastpage done complete".split())  # noqa: SIM905
_ROWS: Final = frozenset(
    (  # noqa: SIM905 - see above
        "total totalcount totalresults totalitems totalrecords totalelements totalhits totalrows totalsize totalobjects"
        " count itemcount resultcount recordcount numfound recordstotal odatacount xtotalcount xtotal"
    ).split()
)
_PAGES: Final = frozenset(
    "totalpages pages pagecount pagestotal totalpagecount xtotalpages numpages".split()  # noqa: SIM905
)
# Objects of an answer that say something about its pages.
_ABOUT_PAGES: Final = frozenset(
    (  # noqa: SIM905 - see above
        "links link meta metadata pagination paging pager page pageinfo paginginfo paginationinfo cursor cursors navigation"
        " info responsemetadata resultset next data result results response"
    ).split()
)
_DEEPEST: Final = 3
_DIGITS: Final = re.compile(r"\d{1,18}", re.ASCII)


@final
@dataclass(frozen=True, slots=True)
class Read:
    """What was read: the number of *rows*, or None if it is not known, and of *pages*."""

    rows: int | None
    pages: int


def sign_of_more(
    answer: object, headers: Mapping[str, str], read: Read, *, has_next_link: bool
) -> str | None:
    """The first thing in the last answer that tells of more pages, in words and without values; None if there is none."""
    if has_next_link:
        return 'a Link header with rel="next"'
    return next(_signs(answer, read), None) or next(_in_headers(headers, read), None)


def _in_headers(headers: Mapping[str, str], read: Read) -> Iterator[str]:
    for name, value in headers.items():
        if _plain(name).startswith("x") and (sign := _sign(_plain(name), value, read)) is not None:
            yield f"the header {shown(name)}{sign}"


def _signs(answer: object, read: Read, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(answer, Mapping):
        return
    for key, value in answer.items():
        name, here = _plain(str(key)), (*path, str(key))
        if name in {"links", "link"} and isinstance(value, list) and any(map(_is_next_link, value)):
            yield f"{shown('.'.join(here))}, with a link to the next page"
        elif isinstance(value, Mapping):
            if name == "next" and any(_is_reference(value.get(part)) for part in ("href", "url")):
                yield shown(".".join(here))
            elif name in _ABOUT_PAGES and len(path) < _DEEPEST:
                yield from _signs(value, read, here)
        elif (sign := _sign(name, value, read)) is not None:
            yield f"{shown('.'.join(here))}{sign}"


def _sign(name: str, value: object, read: Read) -> str | None:
    """What the *value* under a *name* says about more pages; None if it says nothing."""
    if name in _NEXT and _is_reference(value):
        return ""
    if (name in _MORE and _is(value, flag=True)) or (name in _LAST and _is(value, flag=False)):
        return f", which is {str(value).lower()}"
    number = _number(value)
    if number is not None and name in _ROWS and read.rows is not None and number > read.rows:
        return f", which is {number:,}, and {read.rows:,} rows came"
    if number is not None and name in _PAGES and number > read.pages:
        return f", which is {number:,}, and {read.pages:,} pages came"
    return None


def _is_next_link(link: object) -> bool:
    if not isinstance(link, Mapping):
        return False
    kind = link.get("rel") or link.get("relation")
    return kind == "next" and any(_is_reference(link.get(part)) for part in ("href", "url", "uri"))


def _is_reference(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() not in {"", "null", "none", "false"}
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is(value: object, *, flag: bool) -> bool:
    return value is flag or (isinstance(value, str) and value.strip().lower() == str(flag).lower())


def _number(value: object) -> int | None:
    if isinstance(value, str):
        return int(value) if _DIGITS.fullmatch(value.strip()) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _plain(name: str) -> str:
    """A name in lower case and without signs, so that `hasMore` and `has_more` are the same."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
