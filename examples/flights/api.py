"""A REST API that serves the weather of New York's airports as pages of JSON, from a given hour on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pyarrow as pa
import pyarrow.compute as pc

MAX_PAGE_SIZE: Final = 5_000


@final
@dataclass(frozen=True, slots=True)
class Query:
    """A request: the *page*, counted from 1, of *page_size* records at *since* or later."""

    page: int = 1
    page_size: int = 500
    since: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Query:
        """The query in an address; a ValueError says what is wrong with it."""
        given = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
        unknown = given.keys() - {"page", "page_size", "since"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        query = cls(
            int(given.get("page", cls().page)),
            int(given.get("page_size", cls().page_size)),
            _moment(given["since"]) if "since" in given else None,
        )
        if query.page < 1 or not 1 <= query.page_size <= MAX_PAGE_SIZE:
            raise ValueError(f"page counts from 1, and page_size is 1 to {MAX_PAGE_SIZE}")
        return query

    @property
    def next(self) -> str:
        """The query of the page after this one."""
        since = {} if self.since is None else {"since": self.since.isoformat()}
        return urlencode({"page": self.page + 1, "page_size": self.page_size} | since)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("since needs a time zone, as in 2013-12-01T05:00:00Z")
    return moment.astimezone(UTC)


@contextmanager
def serving(weather: pa.Table) -> Iterator[str]:
    """Serve the records at a port of this machine while the block runs, and yield the API's address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(weather))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def _handler(weather: pa.Table) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET /weather?page=1&page_size=500&since=2013-12-01T05:00:00Z."""

        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionResetError:
                self.close_connection = True  # a client may leave without having read the answer

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path.strip("/") != "weather":
                self._answer(404, {"error": "the only resource is /weather"})
                return
            try:
                query = Query.parse(address.query)
            except ValueError as wrong:
                self._answer(400, {"error": str(wrong)})
                return
            self._answer(200, page(weather, f"http://{self.headers['Host']}", query))

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body, default=lambda moment: moment.isoformat()).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Log nothing: the demo shows what happens."""

    return Handler


def page(weather: pa.Table, host: str, query: Query) -> dict[str, Any]:
    """One page of the records, how many there are in all, and the address of the next page."""
    if query.since is not None:
        since = pa.scalar(query.since, weather.schema.field("time_hour").type)
        weather = weather.filter(pc.greater_equal(weather["time_hour"], since))
    start = (query.page - 1) * query.page_size
    more = start + query.page_size < len(weather)
    return {
        "total": len(weather),
        "results": weather.slice(start, query.page_size).to_pylist(),
        "next": f"{host}/weather?{query.next}" if more else None,
    }
