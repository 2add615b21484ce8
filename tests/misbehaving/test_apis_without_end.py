"""Nothing that an API answers holds a reading for ever, fills the memory, or is taken for something else."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from floe_ingestion_dlt.domain.faults import Category
from tests.misbehaving.apis import Exchange, HostileApi, fault_of, plan_of, rows_of

GOOD: Final = {"results": [{"id": 1}]}


def drip(*begin: bytes, part: bytes = b" ") -> Callable[[Exchange], None]:
    """Say how it begins, and then a little for ever."""

    def behave(exchange: Exchange) -> None:
        exchange.wfile.write(b"".join(begin))
        while True:
            exchange.wfile.write(part)
            exchange.wfile.flush()
            time.sleep(0.05)

    return behave


OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ENDLESS: Final[Mapping[str, Callable[[Exchange], None]]] = {
    "a body": drip(OK, b"\r\n"),
    "a body that says its length": drip(OK, b"Content-Length: 100000\r\n\r\n"),
    "chunks": drip(OK, b"Transfer-Encoding: chunked\r\n\r\n", part=b"1\r\n \r\n"),
    "the length of a chunk": drip(OK, b"Transfer-Encoding: chunked\r\n\r\n", part=b"0"),
    "trailers": drip(OK, b"Transfer-Encoding: chunked\r\n\r\n0\r\n", part=b"x"),
    "the first line": drip(part=b"H"),
    "a header": drip(OK, b"X: ", part=b"x"),
    "headers to come": drip(part=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the body of an error": drip(b"HTTP/1.1 404 Not Found\r\n\r\n"),
    "the body of a redirect": drip(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"),
    "silence": lambda _: time.sleep(3),
}


@pytest.mark.parametrize("endless", ENDLESS)
def test_an_answer_that_does_not_end_is_given_up_at_the_deadline(endless: str) -> None:
    with HostileApi(ENDLESS[endless]) as api:
        start = time.monotonic()
        fault = fault_of(plan_of({"base_url": api.url}), deadline=0.5)
        assert time.monotonic() - start < 2.5
    assert f"the answer to GET {api.url}/t was not complete after 0.5 seconds" == fault.cause
    assert (Category.TRANSIENT, True) == (fault.category, fault.is_exhausted)
    assert "deadline_seconds" in fault.next_step


LARGE: Final = json.dumps({"results": [{"id": 1, "v": "a" * 10**6}]}).encode()


class TestSize:
    @pytest.mark.parametrize("encoding", ["identity", "gzip", "chunked"])
    def test_an_answer_that_is_too_large_names_the_limit_and_the_option(self, encoding: str) -> None:
        def behave(exchange: Exchange) -> None:
            if encoding == "gzip":
                exchange.say(gzip.compress(LARGE), Content_Encoding="gzip")
            elif encoding == "chunked":
                exchange.wfile.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
                exchange.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(LARGE), LARGE))
            else:
                exchange.say(LARGE)

        with HostileApi(behave) as api:
            fault = fault_of(plan_of({"base_url": api.url, "max_response_bytes": 100_000}))
            assert f"the answer to GET {api.url}/t has more than 100,000 bytes" == fault.cause
            assert "client.max_response_bytes" in fault.next_step
            assert 1 == len(rows_of(plan_of({"base_url": api.url, "max_response_bytes": len(LARGE)})))

    def test_no_more_than_its_reasons_is_read_of_a_bad_answer(self) -> None:
        def behave(exchange: Exchange) -> None:
            exchange.wfile.write(b"HTTP/1.1 404 Not Found\r\n\r\n")
            while True:
                exchange.wfile.write(b"x" * 2**20)

        with HostileApi(behave) as api:
            fault = fault_of(plan_of({"base_url": api.url}))
        assert f"GET {api.url}/t answered 404" == fault.cause


def test_redirects_that_do_not_end_are_given_up_at_the_deadline() -> None:
    def behave(exchange: Exchange) -> None:
        time.sleep(0.2)
        exchange.say({}, 302, Location=f"/{len(api.asked)}")

    with HostileApi(behave) as api:
        fault = fault_of(plan_of({"base_url": api.url}), deadline=0.5)
    assert "redirects led to GET" in fault.cause
    assert Category.TRANSIENT is fault.category
    assert len(api.asked) < 6


def test_cookies_without_end_are_not_kept() -> None:
    def behave(exchange: Exchange) -> None:
        more = f"/t{len(api.asked)}" if len(api.asked) < 10 else None
        body = json.dumps(GOOD | {"next": more}).encode()
        cookies = b"".join(b"Set-Cookie: c%dx%d=1\r\n" % (len(api.asked), n) for n in range(50))
        exchange.wfile.write(OK + cookies + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    with HostileApi(behave) as api:
        rows_of(plan_of({"base_url": api.url} | next_of("next")))
    assert max(asked.headers.get("Cookie", "").count("=") for asked in api.asked) <= 180


def next_of(name: str) -> dict[str, Any]:
    return {"paginator": {"type": "json_link", "next_url_path": name}}


class TestWalks:
    def test_a_page_that_names_itself_is_asked_once(self) -> None:
        with HostileApi(lambda exchange: exchange.say(GOOD | {"next": exchange.path})) as api:
            fault = fault_of(plan_of({"base_url": api.url} | next_of("next")))
        assert f"GET {api.url}/t was already requested in the same read" == fault.cause
        assert "client.allow_repeated_requests" in fault.next_step
        assert 1 == len(api.asked)

    def test_pages_that_lead_back_are_asked_once(self) -> None:
        def behave(exchange: Exchange) -> None:
            exchange.say(GOOD | {"next": "/a" if exchange.path == "/b" else "/b"})

        with HostileApi(behave) as api:
            fault_of(plan_of({"base_url": api.url} | next_of("next")))
        assert ["/t", "/b", "/a"] == [asked.path for asked in api.asked]

    def test_a_body_that_is_answered_as_before_is_not_sent_a_third_time(self) -> None:
        endpoint = {"path": "t", "method": "POST", "json": {"q": 1}, "data_selector": "results"}
        scroll = {"type": "cursor", "cursor_path": "cursor", "cursor_body_path": "cursor"}
        with HostileApi(lambda exchange: exchange.say(GOOD | {"cursor": "same"})) as api:
            fault = fault_of(
                plan_of({"base_url": api.url, "paginator": scroll}, {"name": "t", "endpoint": endpoint})
            )
        assert "was already requested" in fault.cause
        assert 3 == len(api.asked)

    def test_an_api_that_scrolls_is_asked_by_the_same_body_for_each_page(self) -> None:
        def behave(exchange: Exchange) -> None:
            rows = [{"id": len(api.asked)}] if len(api.asked) < 5 else []
            exchange.say({"results": rows, "cursor": "same"})

        endpoint = {"path": "t", "method": "POST", "json": {"q": 1}, "data_selector": "results"}
        scroll = {
            "type": "cursor",
            "cursor_path": "cursor",
            "cursor_body_path": "cursor",
            "stop_after_empty_page": True,
        }
        with HostileApi(behave) as api:
            plan = plan_of({"base_url": api.url, "paginator": scroll}, {"name": "t", "endpoint": endpoint})
            assert [1, 2, 3, 4] == [row["id"] for row in rows_of(plan)]

    def test_repeated_requests_may_be_allowed(self) -> None:
        def behave(exchange: Exchange) -> None:
            exchange.say({"results": [{"id": 1}], "next": "/t" if len(api.asked) < 3 else None})

        with HostileApi(behave) as api:
            client = {"base_url": api.url, "allow_repeated_requests": True} | next_of("next")
            assert 3 == len(rows_of(plan_of(client)))

    def test_pages_without_end_end_where_they_are_told_to(self) -> None:
        with HostileApi(lambda exchange: exchange.say(GOOD | {"next": f"/t{len(api.asked)}"})) as api:
            fault = fault_of(plan_of({"base_url": api.url, "max_pages": 3} | next_of("next")))
        assert f"GET {api.url}/t3 would be page 4 of one read, and client.max_pages is 3" == fault.cause
        assert 3 == len(api.asked)

    def test_equal_parents_are_no_repetition(self) -> None:
        def behave(exchange: Exchange) -> None:
            exchange.say([{"id": 7}, {"id": 7}] if exchange.path == "/posts" else [{"text": "x"}])

        notes = {"name": "notes", "endpoint": {"path": "posts/{resources.posts.id}/notes"}}
        with HostileApi(behave) as api:
            assert 2 == len(rows_of(plan_of({"base_url": api.url}, "posts", notes)))

    def test_offsets_are_different_pages(self) -> None:
        def behave(exchange: Exchange) -> None:
            exchange.say({"results": [{"id": 1}], "total": 3})

        paging = {"type": "offset", "limit": 1, "total_path": "total"}
        with HostileApi(behave) as api:
            assert 3 == len(rows_of(plan_of({"base_url": api.url, "paginator": paging})))


def cut(exchange: Exchange) -> None:
    exchange.say(GOOD, Content_Length="99")
    exchange.close_connection = True


def broken_chunk(exchange: Exchange) -> None:
    exchange.wfile.write(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")


BROKEN: Final[Mapping[str, tuple[Callable[[Exchange], None], str]]] = {
    "nesting": (lambda e: e.say(b'{"results":' + b"[" * 10**5 + b"]" * 10**5 + b"}"), "nested too deeply"),
    "a huge number": (lambda e: e.say(b'{"results":[{"id":%b}]}' % (b"9" * 5000)), "thousands of digits"),
    "NaN": (lambda e: e.say(b'{"results":[{"id":NaN}]}'), "NaN stands for a number"),
    "Infinity": (lambda e: e.say(b'{"results":[{"id":-Infinity}]}'), "-Infinity stands for a number"),
    "a key twice": (lambda e: e.say(b'{"results":[{"id":1,"id":2}]}'), "two values under one key"),
    "Latin-1": (lambda e: e.say(b'{"results":[{"id":"\xe9"}]}'), "JSON that is not in utf-8"),
    "half a gzip": (lambda e: e.say(gzip.compress(LARGE)[:500], Content_Encoding="gzip"), "not JSON"),
    "no gzip": (lambda e: e.say(b"{}", Content_Encoding="gzip"), "ContentDecodingError"),
    "a long length": (cut, "Error"),
    "a short length": (lambda e: e.say(GOOD, Content_Length="9"), "not JSON"),
    "a broken chunk": (broken_chunk, "ChunkedEncodingError"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_an_answer_that_cannot_be_read_is_an_error_that_names_the_address(broken: str) -> None:
    behave, told = BROKEN[broken]
    with HostileApi(behave) as api:
        fault = fault_of(plan_of({"base_url": api.url}))
    assert f"GET {api.url}/t" in fault.cause
    assert told in fault.cause


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_json_is_read_in_the_encoding_that_it_is_in(encoding: str) -> None:
    with HostileApi(lambda exchange: exchange.say('{"results": [{"id": "é"}]}'.encode(encoding))) as api:
        assert [{"id": "é"}] == rows_of(plan_of({"base_url": api.url}))


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        ("application/json; charset=iso-8859-1", "latin-1"),
        ("text/plain", "utf-8"),
        ("application/vnd.api+json", "utf-8"),
        ("application/json; charset=martian", "utf-8"),
    ],
)
def test_a_type_says_the_encoding_if_it_does(content_type: str, encoding: str) -> None:
    raw = '{"results": [{"id": "é"}]}'.encode(encoding)
    with HostileApi(lambda exchange: exchange.say(raw, Content_Type=content_type)) as api:
        assert [{"id": "é"}] == rows_of(plan_of({"base_url": api.url}))


@pytest.mark.parametrize(
    "answer",
    [
        {"patient 4711 Jane Roe": {"x": 1}},
        {"JaneRoe": {"x": 1}, "JohnDoe": {"x": 1}},
        {f"\x1b]0;k{n}\n": n for n in range(100)},
        {"results": {"jane@roe.example": 1}},
        b"<html>Jane Roe\x1b[31m",
    ],
)
def test_no_row_and_no_control_character_is_in_an_error(answer: Any) -> None:
    with HostileApi(
        lambda exchange: exchange.say(answer, Content_Type="text/html\x1b]0;x" + "y" * 500)
    ) as api:
        text = fault_of(plan_of({"base_url": api.url})).message.lower()
    assert not any(word in text for word in ("jane", "roe", "4711"))
    assert text.isprintable()
    assert len(text) < 500


def test_keys_of_a_row_that_may_be_data_are_not_shown() -> None:
    """Neither where a parent's field is missing, nor where the cursor is."""
    with HostileApi(lambda exchange: exchange.say([{"Jane Roe 4711": 1}])) as api:
        notes = {"name": "notes", "endpoint": {"path": "posts/{resources.posts.id}/notes"}}
        child = fault_of(plan_of({"base_url": api.url}, "posts", notes))
        own = {"name": "t", "endpoint": {"path": "t", "incremental": {"cursor_path": "ts"}}}
        cursor = fault_of(plan_of({"base_url": api.url}, own))
    assert "a parent row lacks a field" in child.cause
    assert "the column ts is not in a row, which has 1 key that may be data" == cursor.cause
    assert "Jane" not in child.message


@pytest.mark.parametrize(
    "paging",
    [
        {"type": "offset", "limit": 1, "total_path": "total"},
        {"type": "page_number", "total_path": None, "has_more_path": "more"},
        {"type": "cursor", "cursor_path": "cursor", "has_more_path": "more"},
    ],
)
def test_an_answer_that_a_paginator_cannot_use_is_not_shown(paging: dict[str, Any]) -> None:
    with HostileApi(lambda exchange: exchange.say({"results": [{"name": "Jane Roe"}], "cursor": 1})) as api:
        fault = fault_of(plan_of({"base_url": api.url, "paginator": paging}))
    assert "Jane" not in fault.message
    assert "has_more_path" in fault.next_step
