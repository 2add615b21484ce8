"""A REST API over the weather of New York's airports: JSON, page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa

DEFAULT_PAGE_SIZE: Final = 500


@contextmanager
def serving(weather: pa.Table) -> Iterator[str]:
    """Serve the records at a port of this machine while the block runs, and give the API's address."""
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
        """Answers GET /weather?page=1&page_size=500."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path.strip("/") != "weather":
                self._answer(404, {"error": "the only resource is /weather"})
                return
            query = {key: int(values[0]) for key, values in parse_qs(address.query).items()}
            host = f"http://127.0.0.1:{self.server.server_address[1]}"
            self._answer(
                200, page(weather, host, query.get("page", 1), query.get("page_size", DEFAULT_PAGE_SIZE))
            )

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body, default=lambda moment: moment.isoformat()).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet: the demo tells what happens."""

    return Handler


def page(weather: pa.Table, host: str, number: int, size: int) -> dict[str, Any]:
    """One page of the records, how many there are in all, and the address of the next page."""
    start = (number - 1) * size
    more = start + size < len(weather)
    return {
        "total": len(weather),
        "results": weather.slice(start, size).to_pylist(),
        "next": f"{host}/weather?page={number + 1}&page_size={size}" if more else None,
    }
