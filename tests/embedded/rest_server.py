"""A REST catalog on this machine, over a SQL catalog, that answers commits as it is told to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.catalog.rest import DEFAULT_ENDPOINTS
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    TableAlreadyExistsError,
)
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableRequest, Table

CUT = 0
COMMIT_TRANSACTION = "POST /v1/{prefix}/transactions/commit"
NAMESPACES = "namespaces"
TABLES = r"namespaces/[^/]+/tables"
COMMITS = r"transactions/commit|namespaces/[^/]+/tables/(?!_dlt_)[^/]+"
COMMITS_TO_DLT_TABLES = r"namespaces/[^/]+/tables/_dlt_[^/]+"

STATUS_OF = {
    CommitFailedException: 409,
    TableAlreadyExistsError: 409,
    NamespaceAlreadyExistsError: 409,
    NoSuchNamespaceError: 404,
    NoSuchTableError: 404,
}


@dataclass(frozen=True)
class Oddity:
    """What becomes of a request: whether it is done, and the status it is answered with (`CUT`: none at all)."""

    is_done: bool
    status: int


class RestServer(ThreadingHTTPServer):
    """Serves *folder*'s catalog, or another one, as well as it is told to."""

    daemon_threads = True

    def __init__(self, folder: Path, backend: Catalog | None = None, *, together: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.backend: Catalog = backend or load_catalog(
            "floe",
            type="sql",
            uri=f"sqlite:///{folder}/server.db",
            warehouse=(folder / "warehouse").as_uri(),
        )
        self.together = together
        self.posted: list[str] = []
        self.oddities: Iterator[Oddity] = iter(())
        self.odd_path = COMMITS
        self.backend_lock = Lock()
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def will_answer(self, oddities: Iterable[Oddity], path: str = COMMITS) -> None:
        """Answer the next posts to a *path* (an expression) by *oddities*, then as usual."""
        self.oddities = iter(oddities)
        self.odd_path = path

    @property
    def properties(self) -> dict[str, str]:
        return {"type": "rest", "uri": f"http://127.0.0.1:{self.server_port}"}


class _Handler(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("GET", b"")

    def do_HEAD(self) -> None:
        self._serve("HEAD", b"")

    def do_DELETE(self) -> None:
        self._serve("DELETE", b"")

    def do_POST(self) -> None:
        self._serve("POST", self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, *_: object) -> None: ...

    def _serve(self, verb: str, body: bytes) -> None:
        path = unquote(self.path.partition("?")[0]).removeprefix("/v1/")
        if verb == "POST":
            self.server.posted.append(path)
        is_chosen = verb == "POST" and re.fullmatch(self.server.odd_path, path)
        odd = next(self.server.oddities, None) if is_chosen else None
        status, answer = self._done(verb, path, body) if odd is None or odd.is_done else (200, {})
        if odd is not None and odd.status == CUT:
            self.close_connection = True
            return
        if odd is not None:
            status, answer = odd.status, _error(odd.status, "told to")
        text = b"" if verb == "HEAD" or status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _done(self, verb: str, path: str, body: bytes) -> tuple[int, Any]:
        try:
            with self.server.backend_lock:
                return 200, self._answer(verb, path.split("/"), body)
        except tuple(STATUS_OF) as error:
            return STATUS_OF[type(error)], _error(STATUS_OF[type(error)], str(error))

    def _answer(self, verb: str, path: list[str], body: bytes) -> Any:  # noqa: C901, PLR0911 - one case for each endpoint
        backend: Catalog = self.server.backend
        match verb, path:
            case "GET", ["config"]:
                endpoints = [str(known) for known in (*DEFAULT_ENDPOINTS, COMMIT_TRANSACTION)]
                return {
                    "defaults": {},
                    "overrides": {},
                    "endpoints": endpoints if self.server.together else None,
                }
            case "POST", ["transactions", "commit"]:
                return _commit_all(backend, json.loads(body)["table-changes"])
            case "GET", ["namespaces"]:
                return {"namespaces": [list(name) for name in backend.list_namespaces()]}
            case "POST", ["namespaces"]:
                backend.create_namespace(tuple(json.loads(body)["namespace"]))
                return json.loads(body)
            case (("GET" | "HEAD"), ["namespaces", namespace]):
                return {
                    "namespace": namespace.split("\x1f"),
                    "properties": backend.load_namespace_properties(_name(namespace)),
                }
            case "GET", ["namespaces", namespace, "tables"]:
                tables = backend.list_tables(_name(namespace))
                return {"identifiers": [{"namespace": list(t[:-1]), "name": t[-1]} for t in tables]}
            case "POST", ["namespaces", namespace, "tables"]:
                asked = json.loads(body)
                identifier = (*_name(namespace), asked["name"])
                schema = Schema.model_validate(asked["schema"])
                return _told(backend.create_table(identifier, schema, properties=asked["properties"]))
            case "POST", ["namespaces", namespace, "tables", name]:
                change = CommitTableRequest.model_validate_json(body)
                table = backend.load_table((*_name(namespace), name))
                backend.commit_table(table, change.requirements, change.updates)
                return _told(table.refresh())
            case (("GET" | "HEAD"), ["namespaces", namespace, "tables", name]):
                return _told(backend.load_table((*_name(namespace), name)))
            case "DELETE", ["namespaces", namespace, "tables", name]:
                return backend.drop_table((*_name(namespace), name))
            case _:
                raise NotImplementedError(f"{verb} {path}")


def _commit_all(backend: Catalog, asked: list[Any]) -> dict[str, Any]:
    """Change all tables, or none if one of them is not as it should be."""
    changes = [CommitTableRequest.model_validate(change) for change in asked]
    tables = [backend.load_table((*c.identifier.namespace.root, c.identifier.name)) for c in changes]
    for table, change in zip(tables, changes, strict=True):
        for requirement in change.requirements:
            requirement.validate(table.metadata)
    for table, change in zip(tables, changes, strict=True):
        backend.commit_table(table, change.requirements, change.updates)
    return {}


def _told(table: Table) -> dict[str, Any]:
    return {
        "metadata-location": table.metadata_location,
        "metadata": json.loads(table.metadata.model_dump_json()),
        "config": {},
    }


def _name(namespace: str) -> tuple[str, ...]:
    return tuple(namespace.split("\x1f"))


def _error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": f"Status{status}", "code": status}}
