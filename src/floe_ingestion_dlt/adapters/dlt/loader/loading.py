"""Committing a package, whose files are all staged, as one load exactly once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.loader.bookkeeping import Bookkeeping
from floe_ingestion_dlt.adapters.dlt.loader.commit_pauses import pauses
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.jobs import stage_file
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.schemas import SchemaUpdate, record_changes
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import chain, table_mode
from floe_ingestion_dlt.adapters.dlt.raised_faults import TerminalFault, throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt.state import is_refresh, load_id_of, stored_state
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.events import SchemaChanged
from floe_ingestion_dlt.domain.faults import Category, CommitFault, DestinationFailed, Fault, StagedFilesGone
from floe_ingestion_dlt.domain.load import (
    Absent,
    Discarded,
    Load,
    Look,
    Receipt,
    StagedFile,
    StoredState,
    TableWrite,
    summed,
)
from floe_ingestion_dlt.domain.merge import MergeNested
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.operations import Commit, CommitsSent, Committed
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestone

# How often a load's files are staged if other writers change its tables in between.
MOST_STAGINGS: Final = 3
# How many commits may stay without an answer if the caller has no retry policy.
MOST_UNANSWERED: Final = 20


def complete(dataset: Dataset, books: Bookkeeping, package: LoadPackage) -> None:
    """Commit the package, keep the receipts in it, and write dlt's own tables.

    After a crash, dlt calls this again in a new process: all that is needed is in the package.
    """
    if package.failed() or not package.copies() <= {job.file_id for job in package.completed()}:
        throw(_incomplete(package.load_id))
    own = {name: files for name, files in _files_by_table(package).items() if name in dataset.own_tables()}
    milestones = dataset.binding.milestones
    milestones(Milestone.STAGED, package.load_id)
    receipts = value_or_throw(_landed(dataset, package))
    for name in package.grown():
        record_changes(dataset, SchemaChanged, dataset.table(name), package.growth(name).changes)
    milestones(Milestone.ROWS_IN, package.load_id)
    package.keep_receipts(_with_discarded(dataset, package, receipts))
    if receipts or (own and dataset.binding.root_table is None):
        _write_dlt_tables(books, package.load_id, own)
    milestones(Milestone.BOOKS_KEPT, package.load_id)


def _landed(dataset: Dataset, package: LoadPackage) -> Result[tuple[Receipt, ...], CommitFault]:
    """Commit the package's files; if a table was changed after they were staged, they are staged again."""
    for _ in range(MOST_STAGINGS - 1):
        landed = _committed(dataset, package, _load(dataset, package))
        if not isinstance(landed, Failure) or not isinstance(landed.failure(), StagedFilesGone):
            return landed
        _stage_again(dataset, package)
    return _committed(dataset, package, _load(dataset, package))


def _load(dataset: Dataset, package: LoadPackage) -> Load:
    files = {name: f for name, f in _files_by_table(package).items() if name not in dataset.own_tables()}
    writes = tuple(_writes(dataset, package, files))
    load_id = load_id_of(package.load_id)
    return Load(load_id, writes, _state(dataset, package, load_id, has_rows=bool(writes)))


def _stage_again(dataset: Dataset, package: LoadPackage) -> None:
    """Check the package against the tables as they are now, and stage its files again."""
    jobs = [job for job in package.completed() if job.table_name not in dataset.own_tables()]
    SchemaUpdate(dataset, package).apply({job.table_name for job in jobs})
    for job in jobs:
        staged = stage_file(dataset, package, job.job_id(), job.table_name, package.path_of(job))
        package.keep_staged(job.job_id(), value_or_throw(staged))


def _committed(
    dataset: Dataset, package: LoadPackage, load: Load
) -> Result[tuple[Receipt, ...], CommitFault]:
    """Commit the load under the trace of this run, and record that."""
    if not load.tables:
        return Success(())
    binding, commits = dataset.binding, _PackageCommits(dataset.port, package)
    with binding.telemetry.operation(Commit(load.id, tuple(load.tables)), binding.context) as ongoing:
        traced = replace(load, trace_id=binding.telemetry.trace_id())
        unanswered = 1 if binding.repeats else MOST_UNANSWERED
        landed = commit_once(
            traced,
            commits,
            was_sent=package.was_sent(),
            unanswered=unanswered,
            pause=pauses(binding.clock),
        )
        ongoing.note(CommitsSent(commits.attempts))
        if isinstance(landed, Failure):
            ongoing.fail(fault := landed.failure())
            if fault.is_final:
                binding.milestones(Milestone.REFUSED, load.id)
                package.keep_sent(is_sent=False)
            return landed
        receipts = landed.unwrap()
        snapshots = tuple(r.snapshot_id for r in receipts if r.snapshot_id is not None)
        rows, size = sum(receipt.rows for receipt in receipts), sum(receipt.bytes for receipt in receipts)
        deleted = sum(receipt.deleted for receipt in receipts)
        ongoing.note(Committed(rows, size, snapshots, deleted))
        return landed


@final
class _PackageCommits:
    """The port with a count of its commits; the package is marked as sent before the first one."""

    def __init__(self, port: Destination, package: LoadPackage) -> None:
        self._port = port
        self._package = package
        self.attempts = 0

    def look(self, load: Load) -> Result[Look, CommitFault]:
        return self._port.look(load)

    def commit(self, load: Load, base: Absent) -> Result[tuple[Receipt, ...], CommitFault]:
        self.attempts += 1
        if not self._package.was_sent():
            self._package.keep_sent(is_sent=True)
        return self._port.commit(load, base)

    def fence(self, load: Load) -> Result[None, CommitFault]:
        return self._port.fence(load)

    def take_back(self, load: Load) -> Result[None, CommitFault]:
        return self._port.take_back(load)


def _write_dlt_tables(books: Bookkeeping, load_id: str, own: dict[str, tuple[StagedFile, ...]]) -> None:
    """Write dlt's own tables; if that fails, the fault says that the rows are committed."""
    try:
        for name, staged in own.items():
            books.append_once(load_id, name, staged)
        books.keep_load(load_id)
    except TerminalFault as refused:
        throw(_dlt_tables_failed(load_id, refused.fault))


def _files_by_table(package: LoadPackage) -> dict[str, tuple[StagedFile, ...]]:
    staged = package.staged()
    files: dict[str, tuple[StagedFile, ...]] = {}
    # File ids are in the order in which rows were read: see `keep_reading_order`.
    for job in sorted(package.completed(), key=lambda job: job.file_id):
        files[job.table_name] = (*files.get(job.table_name, ()), *staged[job.job_id()])
    # Of a load in slices, every job of the table has the same files.
    return {name: tuple(dict.fromkeys(of_jobs)) for name, of_jobs in files.items()}


def _writes(
    dataset: Dataset, package: LoadPackage, files: dict[str, tuple[StagedFile, ...]]
) -> list[TableWrite]:
    """One write for each table, a root before its nested tables."""
    roots = [name for name in files if not dataset.schema.get_table(name).get("parent")]
    chains = {name: None for root in roots for name in chain(dataset, root)}
    names = [*chains, *(name for name in files if name not in chains)]
    left_out = package.tables_left_out()
    writes = [_write(dataset, package, name, files.get(name, ())) for name in names if name not in left_out]
    filled = {write.table for write in writes if write.files}
    emptied = {write.table for write in writes if write.removes_without_rows}
    return [
        write for write in writes if write.table in filled or _changes_without_rows(write, filled | emptied)
    ]


def _changes_without_rows(write: TableWrite, roots: Collection[TableName]) -> bool:
    """Whether a load without rows for a table changes it: it may add columns, or remove rows, which may follow those of a root."""
    mode, grows = write.mode, write.grows.columns
    return bool(grows) or write.removes_without_rows or (isinstance(mode, MergeNested) and mode.root in roots)


def _write(dataset: Dataset, package: LoadPackage, name: str, files: tuple[StagedFile, ...]) -> TableWrite:
    filled = tuple(file for file in files if file.rows)
    mode = table_mode(dataset, name, package.created_at)
    return TableWrite(dataset.table(name), mode, filled, package.growth(name).columns, is_refresh())


def _state(dataset: Dataset, package: LoadPackage, load_id: str, *, has_rows: bool) -> StoredState | None:
    root = dataset.binding.root_table
    if root is None:
        return None
    state = stored_state(root, package.pipeline_state(), load_id, has_rows=has_rows)
    return state if state is not None and value_or_throw(dataset.port.describe(root)) else None


def _with_discarded(
    dataset: Dataset, package: LoadPackage, receipts: tuple[Receipt, ...]
) -> tuple[Receipt, ...]:
    """The receipts with the values that the contract discarded; those of tables that are left out belong to the root."""
    lost: dict[TableName, tuple[Discarded, ...]] = {}
    staged = package.staged()
    left_out = package.tables_left_out()
    for job in package.completed():
        name = job.table_name
        table = dataset.binding.root_table if name in left_out else dataset.table(name)
        if table is not None and job.job_id() in staged:
            discarded = (found for file in staged[job.job_id()] for found in file.discarded)
            lost[table] = summed((*lost.get(table, ()), *discarded))
    return tuple(replace(receipt, discarded=lost.get(receipt.table, ())) for receipt in receipts)


def _dlt_tables_failed(load_id: str, fault: Fault) -> DestinationFailed:
    return DestinationFailed(
        f"the rows of load {load_id} are in their tables, but dlt's own tables could not be written: {fault.message}",
        Category.PARTIAL,
        f"Do not load these rows again. {fault.next_step}",
    )


def _incomplete(load_id: str) -> DestinationFailed:
    return DestinationFailed(
        f"load {load_id} has files that could not be staged, so none of it is committed",
        Category.PERMANENT,
        "Look for the failed file's error above, remove the cause, and run again.",
    )
