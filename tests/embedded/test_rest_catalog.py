"""A REST catalog is asked with the credentials of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

ASK = """
import sys
from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.config import DltIngestionConfig
plugin = DltIngestionPlugin()
plugin.configure(DltIngestionConfig(catalog_config={"uri": sys.argv[1], "warehouse": "lake"}))
plugin.startup()
print(plugin.health_check().state.value)
"""


class Server(HTTPServer):
    """A catalog that has no namespaces and remembers who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str | None]] = []

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        answer: dict[str, Any] = (
            {"defaults": {}, "overrides": {}} if "config" in self.path else {"namespaces": []}
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_the_catalogs_token_may_come_from_the_environment(server: Server) -> None:
    environment = os.environ | {"PYICEBERG_CATALOG__FLOE__TOKEN": "from-the-environment"}
    command = [sys.executable, "-c", ASK, server.uri]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    assert "healthy" == done.stdout.strip().splitlines()[-1]
    assert [
        ("/v1/config?warehouse=lake", "Bearer from-the-environment"),
        ("/v1/namespaces", "Bearer from-the-environment"),
    ] == server.asked
