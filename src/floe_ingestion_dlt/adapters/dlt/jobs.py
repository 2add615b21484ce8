"""One file of a load package, on its way to the table's location."""

from __future__ import annotations

from pathlib import Path
from typing import final

import pyarrow.parquet as pq
from returns.result import Failure

from floe_ingestion_dlt.adapters.dlt.carrier import TerminalFault, value_or_throw
from floe_ingestion_dlt.adapters.dlt.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.internals import RunnableLoadJob
from floe_ingestion_dlt.adapters.dlt.package import LoadPackage
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.load import Discarded, StagedFile
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.ports.milestones import Milestone


@final
class StageJob(RunnableLoadJob):
    """Stages its file, once: a job that is resumed finds what it did in the package's state."""

    def __init__(self, file_path: str, dataset: Dataset) -> None:
        super().__init__(file_path)
        self._dataset = dataset

    def run(self) -> None:
        package = LoadPackage.in_load()
        if self.job_id() not in package.staged():
            staged = self._stage(package)
            self._dataset.binding.milestones(Milestone.STAGING, self.load_table_name)
            package.keep_staged(self.job_id(), staged)

    def _stage(self, package: LoadPackage) -> tuple[StagedFile, ...]:
        path, table = Path(self._file_path), self.load_table_name
        if table in package.tables_left_out():
            rows = pq.read_metadata(path).num_rows
            return (StagedFile("", 0, 0, (Discarded(f"{table}.*", rows),)),)
        may_discard = self._dataset.binding.contract is SchemaContract.DISCARD_VALUE
        file = FileToStage(path, self._dataset.table(table), package.load_id, may_discard=may_discard)
        staged = self._dataset.port.stage(file)
        if isinstance(staged, Failure) and self._dataset.binding.repeats:
            # dlt leaves the package pending either way
            raise TerminalFault(staged.failure())
        files: tuple[StagedFile, ...] = value_or_throw(staged)
        return files
