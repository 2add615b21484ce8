"""One file of a load package, on its way to the table's location."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.dlt.internals import RunnableLoadJob
from floe_ingestion_dlt.adapters.dlt.package import LoadPackage
from floe_ingestion_dlt.domain.load import Discarded, StagedFile

if TYPE_CHECKING:
    from floe_ingestion_dlt.adapters.dlt.client import PortClient


class StageJob(RunnableLoadJob):
    """Stages its file, once: a job that is resumed finds what it did in the package's state."""

    def run(self) -> None:
        client = cast("PortClient", self._job_client)
        package = LoadPackage.in_load()
        if self.job_id() not in package.staged():
            package.keep_staged(self.job_id(), self._stage(client, package))

    def _stage(self, client: PortClient, package: LoadPackage) -> StagedFile:
        path, table = Path(self._file_path), self.load_table_name
        if table in package.tables_left_out():
            rows = pq.read_metadata(path).num_rows
            return StagedFile("", 0, 0, (Discarded(f"{table}.*", rows),))
        return client.stage(path, table, package.load_id)
