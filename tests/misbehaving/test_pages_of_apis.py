"""Pages of APIs that are not as their paginator expects them: no row is lost, and none comes twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from floe_ingestion_dlt.domain.events import Event, PagesMayBeMissing
from floe_ingestion_dlt.domain.faults import Category
from tests.misbehaving.apis import Exchange, HostileApi, Until, fault_of, plan_of
from tests.sources import open_resource

Behave = Callable[[Exchange], None]
OFFSET = {"type": "offset", "limit": 3, "total_path": "total"}


def asked(exchange: Exchange) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(exchange.path).query).items()}


def api_of(rows: int, cap: int, *, gap: int | None = None, **more: Any) -> Behave:
    """An API by offsets that sends at most *cap* rows, and none at the offset *gap*."""

    def behave(exchange: Exchange) -> None:
        start = int(asked(exchange).get("offset", 0))
        found = [] if start == gap else [{"id": n} for n in range(start, min(start + cap, rows))]
        exchange.say({"results": found, **more})

    return behave


def read(behave: Behave, paginator: object, **endpoint: Any) -> tuple[list[int], list[PagesMayBeMissing]]:
    """The ids that come, and the events."""
    heard: list[Event] = []
    with HostileApi(behave) as api:
        about = {"path": "t", "data_selector": "results", **endpoint}
        if paginator:
            about["paginator"] = paginator
        plan = plan_of({"base_url": api.url}, {"name": "t", "endpoint": about})
        rows: list[Any] = list(open_resource(plan, None, retries=Until(), report=heard.append).unwrap())
    return [row["id"] for row in rows], [event for event in heard if isinstance(event, PagesMayBeMissing)]


def refused(behave: Behave, paginator: object) -> Any:
    with HostileApi(behave) as api:
        about = {"path": "t", "data_selector": "results", "paginator": paginator}
        return fault_of(plan_of({"base_url": api.url}, {"name": "t", "endpoint": about}))


class TestOffsets:
    @pytest.mark.parametrize(
        "paginator",
        [
            OFFSET,
            {"type": "offset", "limit": 3, "total_path": None},
            {"type": "offset", "limit": 3, "total_path": None, "maximum_offset": 20},
        ],
    )
    def test_a_server_that_caps_the_page_loses_no_row(self, paginator: object) -> None:
        assert (list(range(7)), []) == read(api_of(7, 2, total=7), paginator)

    def test_a_server_that_sends_more_than_the_limit_sends_no_row_twice(self) -> None:
        assert list(range(7)) == read(api_of(7, 5, total=7), OFFSET)[0]

    def test_a_maximum_offset_is_a_limit_and_no_sign_of_more(self) -> None:
        paginator = {"type": "offset", "limit": 2, "total_path": None, "maximum_offset": 4}
        assert ([0, 1, 2, 3], []) == read(api_of(7, 2, total=7), paginator)

    def test_an_empty_page_in_the_middle_goes_on_and_is_reported(self) -> None:
        rows, events = read(api_of(9, 3, gap=3, total=9), OFFSET)
        assert [0, 1, 2, 6, 7, 8] == rows
        assert [PagesMayBeMissing("t", "total, which is 9, and 6 rows came")] == events

    def test_pages_that_end_before_the_total_are_refused(self) -> None:
        fault = refused(api_of(6, 3, total=9), OFFSET)
        assert "says that the total is 9, and 6 rows came" in fault.cause
        assert Category.CONFIGURATION is fault.category

    def test_a_server_that_leaves_rows_out_of_its_pages_is_refused(self) -> None:
        def behave(exchange: Exchange) -> None:
            start = int(asked(exchange)["offset"])
            shown = [{"id": n} for n in range(start, min(start + 3, 9)) if n != 1]
            exchange.say({"results": shown, "total": 9})

        fault = refused(behave, OFFSET)
        assert "rows of the page before" in fault.cause
        assert "limit" in fault.next_step

    def test_a_filter_in_the_selector_does_not_change_the_offset(self) -> None:
        rows, _ = read(api_of(6, 2, total=6), OFFSET | {"limit": 2}, data_selector="results[?(@.id > 2)]")
        assert [3, 4, 5] == rows

    def test_a_total_path_that_leads_nowhere_is_named_with_the_keys(self) -> None:
        fault = refused(api_of(3, 3, number=77), OFFSET)
        assert (
            "an object with results, number, and nothing usable at total, the paginator's total_path"
            in fault.cause
        )
        assert "77" not in fault.message

    def test_an_offset_that_is_ignored_does_not_read_for_ever(self) -> None:
        fault = refused(
            lambda e: e.say({"results": [{"id": 1}]}), {"type": "offset", "limit": 1, "total_path": None}
        )
        assert "answered with the rows of the page before" in fault.cause


class TestNumbers:
    @staticmethod
    def pages(*pages: list[int], first: int = 1, **more: Any) -> Behave:
        def behave(exchange: Exchange) -> None:
            number = int(asked(exchange).get("page", first)) - first
            found = pages[number] if 0 <= number < len(pages) else []
            exchange.say({"results": [{"id": n} for n in found], **more})

        return behave

    @pytest.mark.parametrize("paginator", [{"base_page": 1}, {"page": 1}])
    def test_an_empty_page_in_the_middle_goes_on(self, paginator: dict[str, Any]) -> None:
        behave = self.pages([1, 2], [], [3], total=3)
        assert [1, 2, 3] == read(behave, {"type": "page_number", "total_path": "total", **paginator})[0]

    def test_a_flag_goes_on_over_an_empty_page(self) -> None:
        def behave(exchange: Exchange) -> None:
            number = int(asked(exchange)["page"])
            exchange.say({"results": [] if number == 1 else [{"id": number}], "more": number < 3})

        paginator = {"type": "page_number", "total_path": None, "has_more_path": "more"}
        assert [0, 2, 3] == read(behave, paginator)[0]

    def test_a_total_of_rows_requests_no_page_after_the_first_empty_one(self) -> None:
        asked_for: list[str] = []

        def behave(exchange: Exchange) -> None:
            asked_for.append(exchange.path)
            self.pages([1, 2], [3], total=3)(exchange)

        assert [1, 2, 3] == read(behave, {"type": "page_number", "base_page": 1})[0]
        assert 3 == len(asked_for)

    def test_page_0_that_is_answered_as_page_1_is_refused(self) -> None:
        def behave(exchange: Exchange) -> None:
            number = max(int(asked(exchange).get("page", 1)), 1)
            exchange.say({"results": [{"id": number}], "total_pages": 3})

        fault = refused(behave, None)
        assert "answered with the rows of the page before" in fault.cause


class TestReferences:
    @pytest.mark.parametrize("end", ["", " ", None, False, "missing"])
    @pytest.mark.parametrize("type_", ["json_link", "cursor", "header_cursor", "header_link"])
    def test_an_empty_reference_ends_the_pages(self, type_: str, end: object) -> None:
        def behave(exchange: Exchange) -> None:
            number = int(asked(exchange).get("p", 1))
            link = end if number == 3 else f"/t?p={number + 1}" if "link" in type_ else number + 1
            said = {} if link == "missing" else {"next": link}
            header: dict[str, Any] = {} if link in ("missing", None) else {"Next": str(link)}
            if type_ == "header_link" and number < 3:
                header["Link"] = f'</t?p={number + 1}>; rel="next"'
            if type_.startswith("header"):
                exchange.say({"results": [{"id": number}]}, **header)
            else:
                exchange.say({"results": [{"id": number}], **said})

        options = {
            "json_link": {"next_url_path": "next"},
            "cursor": {"cursor_path": "next", "cursor_param": "p"},
            "header_cursor": {"cursor_key": "Next", "cursor_param": "p"},
            "header_link": {},
        }
        assert ([1, 2, 3], []) == read(behave, {"type": type_, **options[type_]})

    @pytest.mark.parametrize("type_", ["json_link", "cursor", "header_cursor", "header_link"])
    def test_a_reference_that_repeats_is_refused_after_the_first_repeat(self, type_: str) -> None:
        count: list[int] = []

        def behave(exchange: Exchange) -> None:
            count.append(1)
            answer = {"results": [{"id": len(count)}], "next": "/t?p=a" if type_ == "json_link" else "a"}
            exchange.say(answer, Next="a", Link='</t?p=a>; rel="next"')

        options = {
            "json_link": {"next_url_path": "next"},
            "cursor": {"cursor_path": "next", "cursor_param": "p"},
            "header_cursor": {"cursor_key": "Next", "cursor_param": "p"},
            "header_link": {},
        }
        fault = refused(behave, {"type": type_, **options[type_]})
        assert "was already requested in the same read" in fault.cause
        assert 2 == len(count)

    def test_a_next_url_path_that_leads_to_an_object_is_named(self) -> None:
        answer = {"results": [], "links": {"next": {"href": "/u?token=hush"}}}
        fault = refused(lambda e: e.say(answer), {"type": "json_link", "next_url_path": "links.next"})
        assert "nothing usable at links.next, the paginator's next_url_path" in fault.cause
        assert "hush" not in fault.message

    def test_a_flag_that_says_more_without_a_cursor_is_refused(self) -> None:
        paginator = {"type": "cursor", "cursor_path": "meta.cursor", "has_more_path": "more"}
        fault = refused(lambda e: e.say({"results": [{"id": 1}], "more": True}), paginator)
        assert "says that there are more, and 1 rows came in 1 pages" in fault.cause


class TestSigns:
    @pytest.mark.parametrize(
        "more",
        [{"meta": {"next": "abc"}}, {"@odata.nextLink": 7}, {"has_more": True}, {"total": 7}],
    )
    def test_a_path_that_never_appears_is_reported_where_there_are_more_pages(
        self, more: dict[str, Any]
    ) -> None:
        answer = {"results": [{"id": 1}, {"id": 2}], **more}
        rows, events = read(lambda e: e.say(answer), {"type": "json_link", "next_url_path": "nxt"})
        assert [1, 2] == rows
        assert [".".join([*more, *(["next"] if "meta" in more else [])])] == [
            event.sign.partition(",")[0] for event in events
        ]

    def test_an_undetected_paginator_is_reported_where_there_are_more_pages(self) -> None:
        answer = {"results": [{"id": 1}], "links": [{"rel": "next", "href": "/t?p=2"}]}
        rows, events = read(lambda e: e.say(answer), None)
        assert [1] == rows
        assert [PagesMayBeMissing("t", "links, with a link to the next page")] == events

    def test_a_next_link_of_odata_is_followed(self) -> None:
        def behave(exchange: Exchange) -> None:
            number = int(asked(exchange).get("p", 1))
            more = {"@odata.nextLink": f"/t?p={number + 1}"} if number < 3 else {}
            exchange.say({"results": [{"id": number}], **more})

        assert ([1, 2, 3], []) == read(behave, None)

    def test_a_single_page_that_is_configured_is_not_reported(self) -> None:
        answer = {"results": [{"id": 1}], "has_more": True}
        assert ([1], []) == read(lambda e: e.say(answer), "single_page")

    def test_a_sign_is_reported_once_for_all_rows_of_a_parent(self) -> None:
        heard: list[Event] = []
        with HostileApi(lambda e: e.say([{"id": 1}, {"id": 2}], X_Next_Page="2")) as api:
            notes = {"name": "notes", "endpoint": {"path": "t/{resources.t.id}/notes"}}
            plan = plan_of(
                {"base_url": api.url}, {"name": "t", "endpoint": {"paginator": "single_page"}}, notes
            )
            rows = list(open_resource(plan, None, retries=Until(), report=heard.append).unwrap())
        assert 4 == len(rows)
        assert [PagesMayBeMissing("notes", "the header X-Next-Page")] == heard


class TestBodies:
    @pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("paginator", [None, OFFSET, {"type": "json_link"}, {"type": "cursor"}])
    def test_an_answer_without_a_body_is_no_rows(self, paginator: object, body: bytes) -> None:
        assert ([], []) == read(lambda e: e.say(body), paginator)

    def test_an_answer_204_is_no_rows(self) -> None:
        def behave(exchange: Exchange) -> None:
            exchange.send_response(204)
            exchange.end_headers()

        assert ([], []) == read(behave, None)

    @pytest.mark.parametrize("selector", [None, "$", "results", "data.results", "results[*]", "[*]"])
    @pytest.mark.parametrize(
        "kind", ["application/x-ndjson", "application/jsonl; charset=utf-8", "text/plain"]
    )
    @pytest.mark.parametrize("body", [b'{"id": 1}\n{"id": 2}\n', b'\n{"id": 1}\r\n\r\n{"id": 2}'])
    def test_an_object_in_each_line_is_a_row(self, body: bytes, kind: str, selector: str | None) -> None:
        rows, _ = read(lambda e: e.say(body, Content_Type=kind), None, data_selector=selector)
        assert [1, 2] == rows

    def test_one_line_is_one_row(self) -> None:
        rows, _ = read(lambda e: e.say(b'{"id": 1}\n', Content_Type="application/x-ndjson"), None)
        assert [1] == rows

    def test_lines_with_lists_of_records_are_read_by_the_selector(self) -> None:
        body = b'{"results": [{"id": 1}]}\n{"results": [{"id": 2}, {"id": 3}]}\n'
        assert [1, 2, 3] == read(lambda e: e.say(body), None)[0]

    def test_a_line_that_is_cut_off_is_refused(self) -> None:
        fault = refused(lambda e: e.say(b'{"id": 1}\n{"id"', Content_Type="application/x-ndjson"), None)
        assert "is not JSON" in fault.cause
