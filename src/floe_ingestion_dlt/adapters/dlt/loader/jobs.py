"""Staging one file of a load package at the table's location."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import final

import pyarrow.parquet as pq
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.known_rows import known_rows
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import replaces_all
from floe_ingestion_dlt.adapters.dlt.loader.window_rows import rows_outside
from floe_ingestion_dlt.adapters.dlt.raised_faults import TerminalFault, TransientFault, value_or_throw
from floe_ingestion_dlt.adapters.dlt.state import (
    compared_cursor,
    kept_window,
    load_id_of,
    staged_in_slices,
)
from floe_ingestion_dlt.adapters.dlt_api.internals import RunnableLoadJob
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import Discarded, StagedFile
from floe_ingestion_dlt.domain.operations import FilesStaged, Stage
from floe_ingestion_dlt.domain.text_changes import with_text
from floe_ingestion_dlt.ports.destination import FileToStage
from floe_ingestion_dlt.ports.milestones import Milestone


@final
class StageJob(RunnableLoadJob):
    """Stages its file once: a job that is resumed finds the staged file in the package's state."""

    def __init__(self, file_path: str, dataset: Dataset) -> None:
        super().__init__(file_path)
        self._dataset = dataset

    def run(self) -> None:
        package = LoadPackage.in_load()
        if self.job_id() not in package.staged():
            staged = self._recorded(package)
            self._dataset.binding.milestones(Milestone.STAGING, self.load_table_name)
            package.keep_staged(self.job_id(), staged)

    def _recorded(self, package: LoadPackage) -> tuple[StagedFile, ...]:
        """Stage the file, and record that as a part of the run."""
        binding, table = self._dataset.binding, self._dataset.table(self.load_table_name)
        with binding.telemetry.operation(
            Stage(table, load_id_of(package.load_id)), binding.context
        ) as ongoing:
            try:
                staged = self._stage(package)
            except (TerminalFault, TransientFault) as carrier:
                ongoing.fail(carrier.fault)
                raise type(carrier)(with_text(carrier.fault, binding.redact)) from None
            rows, size = sum(file.rows for file in staged), sum(file.bytes for file in staged)
            ongoing.note(FilesStaged(rows, size, len(staged)))
            return staged

    def _stage(self, package: LoadPackage) -> tuple[StagedFile, ...]:
        staged = stage_file(
            self._dataset, package, self.job_id(), self.load_table_name, Path(self._file_path)
        )
        if isinstance(staged, Failure) and self._dataset.binding.repeats:
            # dlt leaves the package pending either way
            raise TerminalFault(staged.failure())
        files: tuple[StagedFile, ...] = value_or_throw(staged)
        return files


def stage_file(
    dataset: Dataset, package: LoadPackage, job_id: str, table: str, path: Path
) -> Result[tuple[StagedFile, ...], Fault]:
    """Stage a file of the package at its table's location; for a table that is left out, only count its rows.

    Of a load in slices, the package has only the columns: its rows are staged already. A package with copies of the source's files may
    have a file with their columns, and no rows.
    """
    if table in package.tables_left_out():
        rows = pq.read_metadata(path).num_rows
        return Success((StagedFile("", 0, 0, (Discarded(f"{table}.*", rows),)),))
    is_own = table in dataset.own_tables()
    if not is_own and (staged := staged_in_slices()) is not None:
        return Success(staged)
    if package.copies() and not pq.read_metadata(path).num_rows:
        return Success(())
    return dataset.port.stage(
        FileToStage(
            path,
            dataset.table(table),
            package.load_id if is_own else load_id_of(package.load_id),
            may_discard=dataset.binding.contract is SchemaContract.DISCARD_VALUE,
            left_out=_left_out(dataset, package, job_id, table),
            grows=package.growth(table).columns,
            replaces=not is_own and replaces_all(dataset, table, package.created_at),
        )
    )


def _left_out(dataset: Dataset, package: LoadPackage, job_id: str, table: str) -> Sequence[int]:
    """The places of rows that are not in the window of the load, or that the table has already."""
    if table in dataset.own_tables():
        return ()
    memory, window, cursor = dataset.binding.left_out, kept_window(), compared_cursor()
    if window is not None:
        return memory.get(package.load_id, lambda: rows_outside(dataset, package, window)).get(job_id, ())
    if cursor is not None:
        return memory.get(package.load_id, lambda: known_rows(dataset, package, cursor)).get(job_id, ())
    return ()
