"""An HTTP server in front of a catalog that answers as it is told to, whatever has become of the request."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, final
from urllib.parse import unquote

CUT = 0
NAMESPACES = "namespaces"
TABLES = r"namespaces/[^/]+/tables"
COMMITS = r"transactions/commit|namespaces/[^/]+/tables/(?!_dlt_)[^/]+"
COMMITS_TO_DLT_TABLES = r"namespaces/[^/]+/tables/_dlt_[^/]+"


@final
@dataclass(frozen=True)
class Oddity:
    """What becomes of a request: whether it is done, and the status it is answered with (`CUT`: none at all).

    One that *is_held* is done later, when the server is told to deliver it.
    """

    is_done: bool
    status: int
    is_held: bool = False


@final
@dataclass(frozen=True, eq=False)
class Request:
    """A request as it came; *path* is that of the Iceberg REST interface, without version, prefix and query."""

    verb: str
    path: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@final
@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    type: str = "application/json"


class OddServer(ThreadingHTTPServer):
    """Answers as well as it is told to; a subclass says what it answers otherwise."""

    daemon_threads = True
    prefix = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: list[str] = []
        self.held: list[Request] = []
        self.oddities: Iterator[Oddity | None] = iter(())
        self.odd_path = COMMITS
        self.odd_body = b""
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    @abstractmethod
    def properties(self) -> dict[str, str]:
        """What pyiceberg is given for the catalog behind this server."""

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """What the catalog does and says."""

    def will_answer(self, oddities: Iterable[Oddity | None], path: str = COMMITS) -> None:
        """Answer the next posts to a *path* (an expression) by *oddities*, then as usual; None is as usual, too.

        Posts whose body does not have what is in `odd_body` are passed over.
        """
        self.oddities = iter(oddities)
        self.odd_path = path

    def oddity(self, request: Request) -> Oddity | None:
        """What is odd about the answer to this request, and to no later one."""
        is_chosen = request.verb == "POST" and re.fullmatch(self.odd_path, request.path)
        return next(self.oddities, None) if is_chosen and self.odd_body in request.body else None

    def deliver_held(self) -> list[Answer]:
        """Let all held requests arrive, and return what nobody waits for any more."""
        held, self.held = self.held, []
        return [self.answer(request) for request in held]

    def said(self, request: Request) -> str:  # noqa: ARG002 - a subclass may repeat it
        """The words of an odd answer."""
        return "told to"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_DELETE = do_POST = do_PUT = do_GET  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_: object) -> None: ...

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path = unquote(self.path.partition("?")[0]).removeprefix("/v1/").removeprefix(self.server.prefix)
        request = Request(self.command, path, self.path, dict(self.headers), body)
        if request.verb == "POST":
            self.server.posted.append(path)
        odd = self.server.oddity(request)
        if odd is None:
            self._send(self.server.answer(request))
            return
        if odd.is_held:
            self.server.held.append(request)
        if odd.is_done:
            self.server.answer(request)
        if odd.status == CUT:
            self.close_connection = True
        else:
            self._send(failure(odd.status, self.server.said(request)))

    def _send(self, answer: Answer) -> None:
        text = b"" if self.command == "HEAD" or answer.status == 204 else answer.body
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def failure(status: int, message: str) -> Answer:
    """An error as the Iceberg REST interface tells it."""
    error = {"error": {"message": message, "type": f"Status{status}", "code": status}}
    return Answer(status, json.dumps(error).encode())
