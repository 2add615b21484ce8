"""dlt's paginators, with pages that are never passed over without a word."""

from __future__ import annotations

import re
from typing import Any, Final, final

import requests

from floe_ingestion_dlt.adapters.dlt_api.rest_internals import (
    BasePaginator,
    HeaderCursorPaginator,
    HeaderLinkPaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    OffsetPaginator,
    PageNumberPaginator,
    RangePaginator,
    str2bool,
)
from floe_ingestion_dlt.adapters.sources.rest_api.json_answers import has_no_body
from floe_ingestion_dlt.adapters.sources.rest_api.page_checks import OVERLAP, SAME, PageChecks, PageMarks
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.more_pages import Read
from floe_ingestion_dlt.domain.numbered_pages import Ending, Limits, NumberedPages, OffsetPages, Said
from floe_ingestion_dlt.library_errors.source_errors import place_of
from floe_ingestion_dlt.ports.source import SourceError, unreadable

_DIGITS: Final = re.compile(r"\s*\d{1,18}\s*", re.ASCII)
_SECOND: Final = 2
_ENDS_IN_HEADERS: Final = frozenset({"", "null", "none", "false"})


class Checked(BasePaginator):
    """What all paginators share: the number of rows and pages, and the marks of the last page."""

    checks: PageChecks

    def begin(self) -> None:
        self.rows: int | None = 0
        self.pages = 0
        self.marks = PageMarks()
        self.said = Said()

    def init_request(self, request: requests.Request) -> None:
        self.begin()
        super().init_request(request)

    def count(self, response: requests.Response, records: list[object]) -> int | None:
        """The number of rows in this page."""
        came = self.checks.rows_in(response, records)
        self.pages += 1
        self.rows = None if came is None or self.rows is None else self.rows + came
        return came

    def refuse_repeated(self, response: requests.Response, records: list[object]) -> None:
        """Raise for a page with exactly the rows of the page before: the API does not know the paginator's parameters."""
        if not self.checks.may_repeat and self.marks.is_repeated(records):
            cause = f"{place_of(response.request)} answered with the rows of the page before"
            raise unreadable(cause, SAME, Category.CONFIGURATION)

    def look_for_more(self, response: requests.Response) -> None:
        """Report a sign of more pages at the end, unless the API says in the place that is configured that there are none."""
        if not self.has_next_page and self.said.has_more is not False:
            self.checks.ended(response, Read(self.rows, self.pages))

    def incomplete(self, response: requests.Response) -> SourceError:
        said = "that there are more" if self.said.total is None else f"that the total is {self.said.total:,}"
        rows = "an unknown number of" if self.rows is None else f"{self.rows:,}"
        return self.checks.incomplete(response, f"{said}, and {rows} rows came in {self.pages:,} pages")


class _Flagged(Checked):
    """A flag in each answer that says whether there are more pages."""

    has_more_path: Any

    def is_silent(self, response: requests.Response, records: list[object]) -> bool:
        """Whether the answer may lack what is usually said about pages, because it has no rows."""
        return not records or has_no_body(response)

    def has_more(self, response: requests.Response, *, may_lack: bool) -> bool | None:
        """The flag; an answer may lack it if another one had it, because some APIs leave out what is false."""
        if self.has_more_path is None:
            return None
        found = self.checks.value_at(self.has_more_path, response)
        try:
            if isinstance(found, bool | str):
                return found if isinstance(found, bool) else str2bool(found)
        except ValueError:
            found = 0
        if found is None and (may_lack or self.said.has_more is not None):
            return False
        raise self.checks.missing("has_more_path", self.has_more_path, response)


class _Numbered(_Flagged, RangePaginator):
    """What paginators by numbers share: the total in an answer."""

    total_path: Any
    param_name: str | None
    param_body_path: str | None
    maximum_value: int | None
    stop_after_empty_page: bool | None

    @property
    def limits(self) -> Limits:
        return Limits(self.maximum_value, bool(self.stop_after_empty_page))

    def next_values(self, most: int) -> range:
        """The values of the parameter for the next pages, at most so many, as far as they are known."""
        raise NotImplementedError

    def update_request(self, request: requests.Request) -> None:
        """Make the request that for the next page, and request the pages that follow in advance."""
        super().update_request(request)
        ahead, param = self.checks.ahead, self.param_name
        if ahead is not None and param and not self.param_body_path and request.method == "GET":
            ahead.expect(request, param, self.next_values(ahead.most) if self.has_next_page else ())

    def look_up(self, response: requests.Response, records: list[object]) -> Said:
        """What the answer says about all pages; a total that only an earlier answer has still holds."""
        is_silent = self.is_silent(response, records)
        total = self._total(response, may_lack=is_silent or self.said.total is not None)
        has_more = self.has_more(response, may_lack=is_silent)
        self.said = Said(self.said.total if total is None else total, has_more)
        return self.said

    def _total(self, response: requests.Response, *, may_lack: bool) -> int | None:
        if self.total_path is None:
            return None
        found = self.checks.value_at(self.total_path, response)
        if found is None and may_lack:
            return None
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if not isinstance(found, bool) and _DIGITS.fullmatch(str(found)):
            return int(str(found))
        raise self.checks.missing("total_path", self.total_path, response)

    def end(self, response: requests.Response, ending: Ending) -> None:
        """End the pages, or go on; raises if the API has said that more would come."""
        if ending is Ending.IS_INCOMPLETE:
            raise self.incomplete(response)
        self._has_next_page = ending is Ending.GOES_ON
        if ending is not Ending.IS_LIMITED:
            self.look_for_more(response)


@final
class ByOffset(_Numbered, OffsetPaginator):
    """Pages by offset, which moves by the rows that came: an API may send fewer rows than were asked for."""

    def begin(self) -> None:
        super().begin()
        self.walk = OffsetPages.starting_at(self.initial_value, self.limit)

    def next_values(self, most: int) -> range:
        return self.walk.following(self.said, self.limits, most)

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        records = data or []
        came = self.count(response, records)
        if self.marks.overlaps(records):
            raise unreadable(
                f"{place_of(response.request)} answered with rows of the page before, which had fewer rows than the limit",
                OVERLAP,
                Category.CONFIGURATION,
            )
        self.walk = self.walk.after(came)
        said = self.look_up(response, records)
        if said.total is None:
            self.refuse_repeated(response, records)
        self.marks.keep(records, is_short=came is not None and came < self.limit)
        self.current_value = self.walk.offset
        self.end(response, self.walk.ending(said, self.limits))
        if not self.has_next_page and said.total is not None and (missing := self.walk.missing(said.total)):
            self.checks.warn(f"the total is {said.total:,}, and {missing:,} rows did not come")


@final
class ByNumber(_Numbered, PageNumberPaginator):
    """Pages by their number."""

    def begin(self) -> None:
        super().begin()
        counts_pages = "page" in str(self.total_path).lower()
        self.walk = NumberedPages.starting_at(self.initial_value, self.base_index, counts_pages=counts_pages)
        self.page_rows = 0

    def next_values(self, most: int) -> range:
        return self.walk.following(self.said, self.limits, most, self.page_rows)

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        records = data or []
        came = self.count(response, records)
        rows = len(records) if came is None else came
        self.page_rows = max(self.page_rows, rows)  # the last page may be shorter
        self.walk = self.walk.after(rows)
        said = self.look_up(response, records)
        # many APIs answer with page 1 if they are asked for page 0
        if said.total is None or (self.initial_value == 0 and self.pages == _SECOND):
            self.refuse_repeated(response, records)
        self.marks.keep(records, is_short=False)
        self.current_value = self.walk.page
        self.end(response, self.walk.ending(said, self.limits))


class _ByReference(_Flagged):
    """Pages by a reference to the next one: nothing, an empty text, null and false end them."""

    _next_reference: Any
    has_more_path: Any = None
    stop_after_empty_page: Any = False

    def found(self, response: requests.Response) -> object:
        """The reference in the answer."""
        raise NotImplementedError

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        records = data or []
        self.count(response, records)
        reference = self.found(response)
        self._next_reference = reference.strip() or None if isinstance(reference, str) else reference or None
        has_more = self.has_more(response, may_lack=self.is_silent(response, records))
        self.said = Said(has_more=has_more)
        if self.stop_after_empty_page and not records:
            self._has_next_page = False
            return
        if has_more and not self.has_next_page:
            raise self.incomplete(response)
        self._has_next_page = self.has_next_page and has_more is not False
        self.look_for_more(response)


@final
class ByJsonLink(_ByReference, JSONLinkPaginator):
    """Pages by a link in the answer."""

    def found(self, response: requests.Response) -> object:
        link = self.checks.value_at(self.next_url_path, response)
        if not link or isinstance(link, str):
            return link
        raise self.checks.missing("next_url_path", self.next_url_path, response)


@final
class ByHeaderLink(_ByReference, HeaderLinkPaginator):
    """Pages by the header Link."""

    def found(self, response: requests.Response) -> object:
        return response.links.get(self.links_next_key, {}).get("url")


@final
class ByHeaderCursor(_ByReference, HeaderCursorPaginator):
    """Pages by a cursor in a header, which has only texts."""

    def found(self, response: requests.Response) -> object:
        cursor = response.headers.get(self.cursor_key, "")
        return None if cursor.strip().lower() in _ENDS_IN_HEADERS else cursor


@final
class ByCursor(_ByReference, JSONResponseCursorPaginator):
    """Pages by a cursor in the answer."""

    def found(self, response: requests.Response) -> object:
        return self.checks.value_at(self.cursor_path, response)
