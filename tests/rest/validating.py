"""An API on this machine that sends validators with its answers, and answers 304 if it is asked for a change."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, final
from urllib.parse import parse_qs, urlsplit

LONG_AGO = "Mon, 01 Jan 2024 00:00:00 GMT"


@final
@dataclass
class ValidatingApi:
    """Answers each path with what it is set to, or with the part of a list that `page` names; *statuses* are its answers so far.

    With *always*, every answer is 304, asked or not. *asked* has the condition of each request.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, list[Any]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    by_time: bool = False
    always: bool = False
    asked: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    url: str = ""

    def __post_init__(self) -> None:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                api.answer(self)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def put(self, *rows: Any, path: str = "/things") -> None:
        self.answers[path] = list(rows)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, exchange: BaseHTTPRequestHandler) -> None:
        address = urlsplit(exchange.path)
        condition = exchange.headers.get("If-None-Match") or exchange.headers.get("If-Modified-Since")
        body = self._body(address.path, parse_qs(address.query))
        validator = LONG_AGO if self.by_time else f'"{sha256(body).hexdigest()[:8]}"'
        status = (
            302 if address.path in self.redirects else 304 if condition == validator or self.always else 200
        )
        if address.path != "/":  # where only the probe asks
            self.asked.append(condition)
            self.statuses.append(status)
        exchange.send_response(status)
        exchange.send_header("Last-Modified" if self.by_time else "ETag", validator)
        exchange.send_header("Content-Type", "application/json")
        if status == 302:
            exchange.send_header("Location", self.redirects[address.path])
        for name, value in self.headers.items():
            exchange.send_header(name, value)
        exchange.end_headers()
        if status == 200:
            exchange.wfile.write(body)

    def _body(self, path: str, params: dict[str, list[str]]) -> bytes:
        if path in self.pages:
            number = int(params.get("page", ["1"])[0])
            following = f"{self.url}{path}?page={number + 1}" if number < len(self.pages[path]) else None
            return json.dumps({"rows": self.pages[path][number - 1], "next": following}).encode()
        return json.dumps(self.answers.get(path, [])).encode()
