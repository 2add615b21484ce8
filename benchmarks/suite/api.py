"""An API of numbered pages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@contextmanager
def serving(pages: Sequence[bytes], delay: float = 0) -> Iterator[str]:
    """The address at which the pages are served, each after a *delay* in seconds; after the last one, pages are empty.

    Under `/counted`, each page has the records as `data`, and the number of all `pages`.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            number = int(parse_qs(asked.query).get("page", ["0"])[0])
            body = pages[number] if number < len(pages) else b"[]"
            if asked.path == "/counted":
                body = b'{"pages": %d, "data": %b}' % (len(pages), body)
            time.sleep(delay)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: object) -> None:
            """Say nothing of a client that has gone: a program that ends does not close its connections."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
