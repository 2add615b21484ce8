"""What is sent to workers, and kept for later runs, has no credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tests.embedded.sliced import content, in_slices
from tests.platforms import Platform

KEY = "Zq7vL2mX9tR4wK8b"
ROWS = b"id\n1\n2\n"


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a file that only a request with the key gets."""

    class Files(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200 if KEY in self.path else 403)
            self.send_header("Content-Length", str(len(ROWS)))
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(ROWS)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/orders.csv?token={KEY}"
    server.shutdown()
    server.server_close()


class Watching(ThreadPoolExecutor):
    """One thread; *sent* are the tasks that it was given."""

    def __init__(self) -> None:
        super().__init__(1)
        self.sent = ""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sent += repr(args)
        return super().submit(work, *args, **kwargs)


def test_the_path_of_a_file_is_sent_and_kept_without_its_token(platform: Platform, url: str) -> None:
    shop = {
        "name": "shop",
        "source_type": "filesystem",
        "source_config": {"path": url, "format": "csv"},
        "destination_table": "bronze.shop",
    }
    with Watching() as workers:
        report = in_slices(platform.a_plugin(sources=[shop]), workers)
    assert (None, [1, 2]) == (report.error, [row["id"] for row in content(platform)[1]])
    assert "orders.csv" in workers.sent
    assert KEY not in workers.sent
