"""An API on this machine that answers whatever a test makes up, and what comes of reading it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final, Self, TypeVar, final

import pytest
from returns.result import Result

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.domain.faults import Fault, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan, split
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.retry_policy import Step
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from tests.sources import open_resource

SECRET: Final = "s3cr3tTOKENvalue1"
SECRET_BASIC: Final = "dTpzM2NyM3RUT0tFTnZhbHVlMQ=="

ValueT = TypeVar("ValueT")


@final
@dataclass
class Asked:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def has_secret(self) -> bool:
        whole = f"{self.path} {self.headers} {self.body!r}"
        return any(secret in whole for secret in (SECRET, SECRET_BASIC, "cookie-of-the-api"))


@final
class Exchange(BaseHTTPRequestHandler):
    """One request, and ways of answering it."""

    protocol_version = "HTTP/1.1"
    server: Any

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append(Asked(self.path, dict(self.headers), body))
        try:
            self.server.behave(self)
        except OSError:
            self.close_connection = True

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def say(self, content: Any, status: int = 200, **headers: str) -> None:
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        told = {"Content-Type": "application/json", "Content-Length": str(len(raw))}
        for name, value in (told | {key.replace("_", "-"): value for key, value in headers.items()}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None: ...


class HostileApi(ThreadingHTTPServer):
    """Behaves as it is made to, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, behave: Callable[[Exchange], None]) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.behave, self.asked = behave, list[Asked]()
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}"

    def handle_error(self, *_: Any) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


@final
@dataclass(frozen=True)
class Until:
    """No retries, and a deadline."""

    deadline: float = 5.0
    made: int = field(default=0)

    def left(self) -> float | None:
        return None

    def attempt(self, step: Step, act: Callable[[], Result[ValueT, Fault]]) -> Result[ValueT, Fault]:  # noqa: ARG002 - the port's
        return act()


def plan_of(client: Mapping[str, Any], *resources: Any) -> LoadPlan:
    """The plan of the last resource."""
    listed = resources or ({"name": "t", "endpoint": {"path": "t", "data_selector": "results"}},)
    source = parse_source(REST_API, {"client": dict(client), "resources": listed}, None).source
    *_, last = split(LoadPlan(source, "", TableName(("bronze",), "Copied"), Append()))
    return last


def rows_of(plan: LoadPlan, deadline: float = 5.0) -> list[Any]:
    return list(open_resource(plan, None, retries=Until(deadline)).unwrap())


def fault_of(plan: LoadPlan, deadline: float = 5.0) -> SourceFailed:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
        rows_of(plan, deadline)
    return source_fault(caught.value)
