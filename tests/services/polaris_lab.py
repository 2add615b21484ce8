"""The laboratory on a Polaris of its own: answers are lost at a gateway, and files are in S3."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast, final

from pyarrow import fs
from pyiceberg.catalog import Catalog, load_catalog

from floe_ingestion_dlt.adapters.iceberg.catalog import open_catalog
from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.testing import CatalogLab, TableByTable
from tests.conformance.rest_lab import ODDITIES
from tests.rest.gateway import Gateway
from tests.services.environment import needed_services
from tests.services.polaris import Polaris


@final
class PolarisLab(CatalogLab):
    """A catalog that Polaris has just made; *in_turn*, it changes its tables one after another."""

    def __init__(self, folder: Path, *, vends: bool = True, in_turn: bool = False) -> None:
        self.folder = folder / "files"
        self.folder.mkdir()
        services = needed_services()
        behind = Polaris(services).catalog(vends=vends)
        super().__init__(load_catalog("floe", **behind))
        self.server = Gateway(behind)
        self._root = f"{services.bucket}/{behind['warehouse']}"
        self._storage = fs.S3FileSystem(
            endpoint_override=services.s3_endpoint,
            access_key=services.s3_key,
            secret_key=services.s3_secret,
            region=services.s3_region,
        )

        def catalog() -> Catalog:
            opened = open_catalog(self.server.properties)
            return cast("Catalog", TableByTable(opened)) if in_turn else opened

        self.iceberg = IcebergDestination(catalog, uuid.uuid4().hex)

    @property
    def destination(self) -> Destination:
        return self.iceberg

    @contextmanager
    def answering(self, answer: Answer) -> Iterator[None]:
        self.server.will_answer([ODDITIES[answer]])
        yield
        self.server.will_answer([])

    def is_there(self, file: StagedFile) -> bool:
        found = self._storage.get_file_info(file.path.removeprefix("s3://"))
        return bool(found.type is fs.FileType.File)

    def data_files(self) -> set[str]:
        everything = fs.FileSelector(self._root, recursive=True)
        return {
            f"s3://{found.path}"
            for found in self._storage.get_file_info(everything)
            if found.path.endswith(".parquet")
        }

    def close(self) -> None:
        self.server.stop()
