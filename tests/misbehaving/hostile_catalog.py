"""A REST catalog whose answers say more than a catalog should."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from returns.result import Failure

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from tests.rest.odd import Answer, Request
from tests.rest.server import RestServer

NO_COLUMN = TableSchema(())
TABLE = TableName(("bronze",), "orders")
Change = Callable[[dict[str, Any]], None]


class HostileCatalog(RestServer):
    """Serves tables of *folder*, and changes its answers as it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.of_config: list[Change] = []
        self.of_tables: list[Change] = []
        super().__init__(folder)

    @property
    def properties(self) -> dict[str, str]:
        places = (self.folder / "warehouse").as_uri()
        return {"type": "rest", "uri": self.uri, "token": "TOKEN", "allowed_locations": places}

    def answer(self, request: Request) -> Answer:
        answer = super().answer(request)
        changes = self.of_config if request.path == "config" else self.of_tables
        if answer.status != 200 or not changes:
            return answer
        told = json.loads(answer.body)
        if request.path == "config" or (isinstance(told, dict) and "metadata" in told):
            for change in changes:
                change(told)
        return Answer(200, json.dumps(told).encode())

    def say(self, where: str, properties: Mapping[str, object]) -> None:
        """Answer with these properties, too: *where* is a part of an answer."""
        match where:
            case "defaults" | "overrides":
                self.of_config.append(lambda told: told[where].update(properties))
            case "config":
                self.of_tables.append(lambda told: told["config"].update(properties))
            case "storage-credentials":
                keys = {"prefix": "file:", "config": dict(properties)}
                self.of_tables.append(lambda told: told.update({where: [keys]}))
            case "table properties":
                self.of_tables.append(lambda told: told["metadata"]["properties"].update(properties))
            case _:
                raise AssertionError(where)


def refusal(server: HostileCatalog, **settings: Any) -> DestinationFailed:
    """Why the table of the catalog is not opened."""
    answer = IcebergDestination.from_properties(server.properties | settings).describe(TABLE)
    assert isinstance(answer, Failure)
    fault: DestinationFailed = answer.failure()
    assert Category.CONFIGURATION is fault.category
    return fault
