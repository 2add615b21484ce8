"""The laboratory behind a REST catalog of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.testing import CatalogLab, IcebergLab
from tests.rest.odd import COMMITS, Oddity
from tests.rest.server import RestServer

ODDITIES: Final = {
    Answer.LAND_AND_LOSE_THE_ANSWER: Oddity(is_done=True, status=504),
    Answer.LOSE_THE_REQUEST: Oddity(is_done=False, status=504),
    Answer.REFUSE: Oddity(is_done=False, status=403),
}


class RestLab(CatalogLab):
    """A destination that knows a REST catalog only; what is done to its tables from outside is done behind that."""

    def __init__(self, folder: Path, *, together: bool) -> None:
        self._behind = IcebergLab(folder)
        super().__init__(self._behind.catalog)
        self.folder = self._behind.folder
        self.server = RestServer(folder, self.catalog, together=together)
        self.iceberg = IcebergDestination.from_properties(self.server.properties)

    @property
    def destination(self) -> Destination:
        return self.iceberg

    @property
    def unreachable(self) -> Destination:
        # Nobody listens at port 9, which is that of a service to which nobody answers anyway.
        return IcebergDestination.from_properties({"type": "rest", "uri": "http://127.0.0.1:9"})

    @contextmanager
    def answering(self, answer: Answer) -> Iterator[None]:
        self.server.will_answer([ODDITIES[answer]], COMMITS)
        yield
        self.server.will_answer([])

    def is_there(self, file: StagedFile) -> bool:
        return self._behind.is_there(file)

    def data_files(self) -> set[str]:
        return self._behind.data_files()

    def close(self) -> None:
        self.server.stop()
