from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import dlt
import pytest

from tests.unit.adapters.rest_plans import Api


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    database = dlt.destinations.duckdb(str(tmp_path / "lake.duckdb"))
    return dlt.pipeline(
        "files", pipelines_dir=str(tmp_path / "dlt"), destination=database, dataset_name="bronze"
    )


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    state = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            state.asked.append((address.path, parse_qs(address.query), self.headers.get("Authorization")))
            answer = state.answers.get(address.path, 404)
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.wfile.write(b"{}" if isinstance(answer, int) else raw)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_port}"
        yield state
        server.shutdown()
