"""A REST catalog on this machine, over a SQL catalog."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from typing import Any

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.catalog.rest import DEFAULT_ENDPOINTS
from pyiceberg.exceptions import (
    CommitFailedException,
    NamespaceAlreadyExistsError,
    NoSuchNamespaceError,
    NoSuchTableError,
    NoSuchViewError,
    TableAlreadyExistsError,
)
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableRequest, Table

from tests.rest.odd import Answer, OddServer, Request, failure

COMMIT_TRANSACTION = "POST /v1/{prefix}/transactions/commit"

STATUS_OF = {
    CommitFailedException: 409,
    TableAlreadyExistsError: 409,
    NamespaceAlreadyExistsError: 409,
    NoSuchNamespaceError: 404,
    NoSuchTableError: 404,
    NoSuchViewError: 404,
}


class RestServer(OddServer):
    """Serves *folder*'s catalog, or another one, as well as it is told to."""

    def __init__(self, folder: Path, backend: Catalog | None = None, *, together: bool = False) -> None:
        self.backend: Catalog = backend or load_catalog(
            "floe",
            type="sql",
            uri=f"sqlite:///{folder}/server.db",
            warehouse=(folder / "warehouse").as_uri(),
        )
        self.together = together
        self.views: set[str] = set()
        self.backend_lock = Lock()
        super().__init__()

    @property
    def properties(self) -> dict[str, str]:
        # It keeps its tables in a folder of this machine, which is believed of no catalog that says so itself.
        return {"type": "rest", "uri": self.uri, "allowed_locations": "file:///"}

    def answer(self, request: Request) -> Answer:
        try:
            with self.backend_lock:
                told = self._told(request.verb, request.path.split("/"), request.body)
        except tuple(STATUS_OF) as error:
            return failure(STATUS_OF[type(error)], str(error))
        except ValueError as error:  # pyiceberg's word for updates that do not fit the table
            return failure(400, str(error))
        return Answer(200, json.dumps(told).encode())

    def _told(self, verb: str, path: list[str], body: bytes) -> Any:  # noqa: C901, PLR0911, PLR0912 - one case for each endpoint
        backend: Catalog = self.backend
        match verb, path:
            case "GET", ["config"]:
                endpoints = [str(known) for known in (*DEFAULT_ENDPOINTS, COMMIT_TRANSACTION)]
                return {
                    "defaults": {},
                    "overrides": {},
                    "endpoints": endpoints if self.together else None,
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
            case "DELETE", ["namespaces", namespace]:
                return backend.drop_namespace(_name(namespace))
            case "GET", ["namespaces", namespace, "tables"]:
                tables = backend.list_tables(_name(namespace))
                return {"identifiers": [{"namespace": list(t[:-1]), "name": t[-1]} for t in tables]}
            case "POST", ["namespaces", namespace, "tables"]:
                asked = json.loads(body)
                identifier = (*_name(namespace), asked["name"])
                schema = Schema.model_validate(asked["schema"])
                return _table(backend.create_table(identifier, schema, properties=asked["properties"]))
            case "POST", ["namespaces", namespace, "tables", name]:
                change = CommitTableRequest.model_validate_json(body)
                table = backend.load_table((*_name(namespace), name))
                backend.commit_table(table, change.requirements, change.updates)
                return _table(table.refresh())
            case (("GET" | "HEAD"), ["namespaces", namespace, "tables", name]):
                return _table(backend.load_table((*_name(namespace), name)))
            case "DELETE", ["namespaces", namespace, "tables", name]:
                return backend.drop_table((*_name(namespace), name))
            case "HEAD", ["namespaces", _, "views", name]:
                if name not in self.views:
                    raise NoSuchViewError(name)
                return {}
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


def _table(table: Table) -> dict[str, Any]:
    return {
        "metadata-location": table.metadata_location,
        "metadata": json.loads(table.metadata.model_dump_json()),
        "config": {},
    }


def _name(namespace: str) -> tuple[str, ...]:
    return tuple(namespace.split("\x1f"))
