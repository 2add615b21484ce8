"""Several pages at once: the rows, their order and the errors are those of one page after the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from floe_ingestion_dlt.adapters.sources.rest_api.pages_ahead import PagesAhead
from floe_ingestion_dlt.domain.secret import Secret
from tests.unit.adapters.rest_plans import failure_of, plan_of, rows_of

LIMIT: Final = 5
ROWS: Final = [{"id": number} for number in range(48)]


@dataclass
class Pages:
    """An API with pages of rows, which notes what it is asked, and how often at once."""

    url: str = ""
    total: int | None = len(ROWS)
    seconds: Callable[[int], float] = lambda _page: 0.01
    status: Callable[[int, int], int] = lambda _page, _time: 200
    cookie: Callable[[int], str] = lambda _page: ""
    most_rows: int = LIMIT
    asked: list[int] = field(default_factory=list)
    headers: list[str | None] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, page: int) -> int:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            self.asked.append(page)
            return self.asked.count(page)

    def end(self) -> None:
        with self.lock:
            self.at_once -= 1


@pytest.fixture
def pages() -> Iterator[Pages]:
    state = Pages()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = {name: int(value) for name, (value,) in parse_qs(urlsplit(self.path).query).items()}
            page = asked.get("page", asked.get("offset", 0) // LIMIT)
            time_asked = state.begin(page)
            state.headers.append(self.headers.get("Authorization"))
            start = asked.get("offset", page * LIMIT)
            time.sleep(state.seconds(page))
            content = {"total": state.total, "rows": ROWS[start : start + state.most_rows]}
            body = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
            state.end()
            self.send_response(state.status(page, time_asked))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if cookie := state.cookie(page):
                self.send_header("Set-Cookie", cookie)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()


BY_NUMBER: Final = {"type": "page_number", "base_page": 0, "total_path": "total"}
BY_OFFSET: Final = {"type": "offset", "limit": LIMIT, "total_path": "total"}


def config_of(pages: Pages, paginator: dict[str, Any], parallel: int = 4) -> dict[str, object]:
    return {
        "url": f"{pages.url}/things",
        "data_selector": "rows",
        "paginator": paginator,
        "parallel_requests": parallel,
    }


def read(pages: Pages, paginator: dict[str, Any], parallel: int = 4) -> list[Any]:
    return rows_of(plan_of(config_of(pages, paginator, parallel)))


@pytest.mark.parametrize(("paginator", "last"), [(BY_NUMBER, 10), (BY_OFFSET, 9)])
def test_pages_are_requested_at_once_and_read_in_their_order(
    pages: Pages, paginator: dict[str, Any], last: int
) -> None:
    pages.seconds = lambda page: 0.05 if page % 2 else 0.15
    assert read(pages, paginator) == ROWS
    assert sorted(pages.asked) == list(range(last + 1))
    assert 2 <= pages.most_at_once <= 4


def test_without_the_option_one_page_is_requested_after_the_other(pages: Pages) -> None:
    assert read(pages, BY_NUMBER, parallel=1) == ROWS
    assert pages.most_at_once == 1


def test_without_a_total_one_page_is_requested_after_the_other(pages: Pages) -> None:
    assert read(pages, {**BY_NUMBER, "total_path": None}) == ROWS
    assert (1, len(pages.asked)) == (pages.most_at_once, len(set(pages.asked)))


@pytest.mark.parametrize("total", [10_000, 3])
def test_a_total_that_is_wrong_does_not_change_the_rows(pages: Pages, total: int) -> None:
    pages.total = total
    assert failure_or_rows(pages, 1) == failure_or_rows(pages, 4)


def failure_or_rows(pages: Pages, parallel: int) -> object:
    plan = plan_of(config_of(pages, BY_NUMBER, parallel))
    try:
        return rows_of(plan)
    except Exception:  # noqa: BLE001 - dlt wraps it
        return failure_of(plan)


def test_an_api_that_sends_shorter_pages_is_read_to_its_end(pages: Pages) -> None:
    pages.most_rows = 3
    assert read(pages, BY_OFFSET) == ROWS


def test_an_api_that_is_busy_is_asked_for_one_page_after_the_other_from_then_on(pages: Pages) -> None:
    pages.status = lambda page, time_asked: 429 if (page, time_asked) == (4, 1) else 200
    pages.seconds = lambda _page: 0.03
    assert read(pages, BY_NUMBER) == ROWS
    assert 2 == pages.asked.count(4)
    # pages 5 to 7 were already on their way
    assert all(1 <= pages.asked.count(page) <= 2 for page in (5, 6, 7))
    later = [page for page in pages.asked if page > 7]
    assert later == sorted(set(later))


def test_a_bad_answer_is_the_error_that_it_is_without_parallel_requests(pages: Pages) -> None:
    pages.status = lambda page, _time: 404 if page == 3 else 200
    fault = failure_of(plan_of(config_of(pages, BY_NUMBER)))
    assert fault == failure_of(plan_of(config_of(pages, BY_NUMBER, 1)))
    assert "page=3" in fault.cause or "404" in fault.cause


def test_requests_that_change_with_each_answer_are_not_sent_twice_for_long(pages: Pages) -> None:
    pages.cookie = lambda page: f"seen={page}"
    assert read(pages, BY_NUMBER) == ROWS
    assert len(pages.asked) <= len(set(pages.asked)) + 4


def test_the_pages_have_the_credentials_of_the_first_one(pages: Pages) -> None:
    plan = plan_of(config_of(pages, BY_NUMBER), Secret("hush"))
    assert rows_of(plan) == ROWS
    assert {"Bearer hush"} == set(pages.headers)
    assert pages.most_at_once > 1


@pytest.mark.parametrize("value", [0, 33, "4", True])
def test_the_option_is_a_number_of_requests(pages: Pages, value: object) -> None:
    with pytest.raises(ValueError, match="parallel_requests"):
        plan_of({"url": f"{pages.url}/things", "parallel_requests": value})


class TestAnswers:
    """What becomes of an answer that came in advance."""

    def ahead(self, *answers: requests.Response | Exception) -> PagesAhead:
        left = iter(answers)

        def fetch(_request: requests.PreparedRequest, **_options: object) -> requests.Response:
            answer = next(left)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return PagesAhead(requests.Request.prepare, fetch, 2)

    def answer(self, status: int = 200) -> requests.Response:
        response = requests.Response()
        response.status_code = status
        return response

    def request(self, **headers: str) -> requests.Request:
        return requests.Request("GET", "http://api.test/things", headers, params={"page": 1})

    def test_it_is_given_once_to_the_request_that_was_expected(self) -> None:
        request, given = self.request(), self.answer()
        ahead = self.ahead(given)
        ahead.expect(request, "page", [1])
        sent = request.prepare()
        assert ahead.answer(sent, {}) is given
        assert given.request is sent
        assert ahead.answer(sent, {}) is None

    def test_it_is_given_to_no_request_with_other_headers_and_none_is_sent_in_advance_then(self) -> None:
        request, other = self.request(Authorization="old"), self.request(Authorization="new")
        ahead = self.ahead(self.answer())
        ahead.expect(request, "page", [1])
        assert ahead.answer(other.prepare(), {}) is None
        ahead.expect(request, "page", [1])
        assert ahead.answer(request.prepare(), {}) is None

    @pytest.mark.parametrize("bad", [429, 302, 500, requests.ConnectionError("gone")])
    def test_a_bad_one_is_not_given_and_none_is_sent_in_advance_then(self, bad: int | Exception) -> None:
        request = self.request()
        ahead = self.ahead(bad if isinstance(bad, Exception) else self.redirect(bad), self.answer())
        ahead.expect(request, "page", [1, 2])
        assert ahead.answer(request.prepare(), {}) is None
        request.params = {"page": 2}
        assert ahead.answer(request.prepare(), {}) is None

    def redirect(self, status: int) -> requests.Response:
        answer = self.answer(status)
        answer.headers["location"] = "http://elsewhere.test"
        return answer

    def test_the_pages_of_a_parent_and_of_its_children_do_not_displace_each_other(self) -> None:
        parent, child = self.request(), requests.Request("GET", "http://api.test/notes", params={"page": 1})
        first, second = self.answer(), self.answer()
        ahead = self.ahead(first, second)
        ahead.expect(parent, "page", [1])
        assert ahead.answer(child.prepare(), {}) is None
        ahead.expect(child, "page", [1])
        assert {first, second} == {ahead.answer(each.prepare(), {}) for each in (parent, child)}
