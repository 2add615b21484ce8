"""A server on this machine that answers HTTP as badly as it is told to."""

from __future__ import annotations

import json
import socket
import ssl
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self, final

BUSY = 503


@final
@dataclass(frozen=True)
class Status:
    """An answer with this status; *begins_with* bad answers only, so many, then good ones."""

    code: int
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Echo:
    """An answer with this status that says all that was asked: the address, the headers and the body."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class Reset:
    """The connection is reset instead of an answer, or after the first bytes of one."""

    begun: bool = False


@final
@dataclass(frozen=True)
class Silence:
    """No answer, until the server ends."""


Manner = Status | Echo | Reset | Silence


class MisbehavingServer(ThreadingHTTPServer):
    """Answers each request in its *manner*; from *good_after* requests on, with the body of a good answer."""

    daemon_threads = True

    def __init__(
        self,
        manner: Manner,
        *,
        good: Status | None = None,
        good_after: int | None = None,
        bad_after: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.manner, self.good, self.good_after, self.bad_after = manner, good, good_after, bad_after
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.ended = Event()
        self._scheme = "http" if tls is None else "https"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.server_port}"

    def manner_of(self, number: int) -> Manner:
        """How request *number*, counted from 0, is answered."""
        is_good = number < self.bad_after or (self.good_after is not None and number >= self.good_after)
        return self.good if is_good and self.good is not None else self.manner

    def handle_error(self, *_: Any) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        number = len(self.server.requests)
        self.server.requests.append(self.path)
        self.server.headers.append(dict(self.headers))
        self.server.bodies.append(asked)
        match self.server.manner_of(number):
            case Status(code, body, headers):
                self._answer(code, body, headers)
            case Echo(code, headers):
                told = {
                    "error": {
                        "message": f"{self.path} {self.headers} {asked!r}",
                        "type": "Told",
                        "code": code,
                    }
                }
                self._answer(code, json.dumps(told).encode(), headers)
            case Reset(begun):
                self._reset(begun=begun)
            case Silence():
                self.server.ended.wait(30)
                self.close_connection = True

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

    def _answer(self, code: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self, *, begun: bool) -> None:
        if begun:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"[{")
            self.wfile.flush()
        # A close that does not wait sends a reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def log_message(self, *_: object) -> None: ...


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
