"""dlt's load package on disk, with all that another process needs to finish the load.

Staged files and receipts are kept in the package's own state, beside what dlt keeps there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, final

from floe_ingestion_dlt.adapters.dlt.loader.package_state import (
    CHANGED_FILES,
    COPIES,
    GROWTH,
    LEFT_OUT,
    NO_GROWTH,
    RECEIPTS,
    SENT,
    STAGED,
    Growth,
    growth_entry,
    growth_in,
    may_be_on_its_way,
    receipt_entry,
    section,
    staged_files,
)
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    JOB_EXCEPTION_EXTENSION,
    LoadPackageStateInjectableContext,
    ParsedLoadJobFileName,
    TPackageJobState,
    TPipelineStateDoc,
    current_package,
)
from floe_ingestion_dlt.domain.load import Receipt, StagedFile

# How often a job's file may move while it is searched for.
MOST_MOVES: Final = 10
# A package's folders, in the order in which a job moves through them; dlt has them as a set.
JOB_STATES: Final[tuple[TPackageJobState, ...]] = (
    "new_jobs",
    "started_jobs",
    "completed_jobs",
    "failed_jobs",
)


@final
class LoadPackage:
    """The package that dlt is extracting or loading at the moment."""

    def __init__(self, context: LoadPackageStateInjectableContext) -> None:
        self._context = context

    @classmethod
    def in_load(cls) -> LoadPackage:
        """The package being loaded, in calls that dlt makes only during a load."""
        package = cls.current()
        if package is None:
            raise RuntimeError("dlt called a step of a load outside of a load package")
        return package

    @classmethod
    def current(cls) -> LoadPackage | None:
        """The package that is extracted or loaded; None outside of these steps."""
        context = current_package()
        return cls(context) if context is not None else None

    @property
    def load_id(self) -> str:
        return str(self._context.load_id)

    @property
    def created_at(self) -> datetime:
        """When the package was made; it stays the same when the load is resumed."""
        created: datetime = self._context.state["created_at"]
        return created

    def files(self, table: str) -> tuple[Path, ...]:
        """The table's Parquet files, staged or not."""
        return tuple(
            self._path(state, job)
            for state, job in self._all_jobs()
            if job.table_name == table and state != "failed_jobs" and job.file_format == "parquet"
        )

    def open_files(self, table: str, opened: ExitStack) -> dict[str, BinaryIO]:
        """The table's Parquet files by their job ids, in this order, whether they are staged or not."""
        jobs = (job for _, job in self._all_jobs())
        ids = {job.job_id() for job in jobs if job.table_name == table and job.file_format == "parquet"}
        return {job_id: opened.enter_context(self._open(job_id)) for job_id in sorted(ids)}

    def _open(self, job_id: str) -> BinaryIO:
        """The job's file, opened while dlt may be moving it to another folder; an open file stays the same."""
        storage = self._context.storage
        for _ in range(MOST_MOVES):
            for state, job in self._all_jobs():
                if job.job_id() == job_id:
                    path = storage.get_job_file_path(self.load_id, state, job.file_name())
                    with suppress(FileNotFoundError):
                        return Path(storage.storage.make_full_path(path)).open("rb")
        raise FileNotFoundError(job_id)

    def completed(self) -> tuple[ParsedLoadJobFileName, ...]:
        """The files that are staged."""
        return self._jobs("completed_jobs")

    def path_of(self, job: ParsedLoadJobFileName) -> Path:
        """The path of a staged file in the package."""
        return self._path("completed_jobs", job)

    def _path(self, state: TPackageJobState, job: ParsedLoadJobFileName) -> Path:
        storage = self._context.storage
        return Path(
            storage.storage.make_full_path(storage.get_job_file_path(self.load_id, state, job.file_name()))
        )

    def failed(self) -> tuple[ParsedLoadJobFileName, ...]:
        """The files that dlt failed to load."""
        return self._jobs("failed_jobs")

    def _jobs(self, state: str) -> tuple[ParsedLoadJobFileName, ...]:
        return tuple(job for found, job in self._all_jobs() if found == state)

    def _all_jobs(self) -> tuple[tuple[TPackageJobState, ParsedLoadJobFileName], ...]:
        """Each job in the folder where it was seen last: jobs run in threads and move while others are listed.

        A job that is retried goes back to the first folder, so the folders are listed twice.
        """
        storage = self._context.storage
        found: dict[str, tuple[TPackageJobState, ParsedLoadJobFileName]] = {}
        for state in JOB_STATES * 2:
            folder = storage.get_job_state_folder_path(self.load_id, state)
            # completed ones are deleted when the package is archived
            with suppress(FileNotFoundError):
                for name in storage.storage.list_folder_files(folder, to_root=False):
                    if not name.endswith(JOB_EXCEPTION_EXTENSION):
                        job = ParsedLoadJobFileName.parse(name)
                        found[job.job_id()] = (state, job)
        return tuple(found.values())

    def pipeline_state(self) -> TPipelineStateDoc | None:
        """Dlt's state of the pipeline after this load; None if the load did not change it."""
        return self._context.state.get("pipeline_state")

    def staged(self) -> dict[str, tuple[StagedFile, ...]]:
        """The staged files, by job id."""
        return {job: staged_files(entries) for job, entries in section(self._context.state, STAGED).items()}

    def keep_staged(self, job_id: str, files: tuple[StagedFile, ...]) -> None:
        self._keep(STAGED, {job_id: [asdict(file) for file in files]})

    def tables_left_out(self) -> tuple[str, ...]:
        """Nested tables that the contract keeps out of the catalog."""
        return tuple(section(self._context.state, LEFT_OUT))

    def leave_out(self, table: str) -> None:
        self._keep(LEFT_OUT, {table: True})

    def was_sent(self) -> bool:
        """Whether a request for the load may be on its way to the catalog."""
        return may_be_on_its_way(self._context.state)

    def keep_sent(self, *, is_sent: bool) -> None:
        self._keep(SENT, {"is_open": is_sent})

    def growth(self, table: str) -> Growth:
        """The columns that the load adds to the table or widens."""
        kept = section(self._context.state, GROWTH).get(table)
        return NO_GROWTH if kept is None else growth_in(kept)

    def grown(self) -> tuple[str, ...]:
        """The tables that get columns."""
        return tuple(
            table for table in section(self._context.state, GROWTH) if self.growth(table).columns.columns
        )

    def keep_growth(self, tables: Mapping[str, Growth]) -> None:
        """Save the growth of the tables where it differs from what is saved."""
        changed = {name: found for name, found in tables.items() if found != self.growth(name)}
        if changed:
            self._keep(GROWTH, {name: growth_entry(found) for name, found in changed.items()})

    def changed_files(self) -> tuple[str, ...]:
        """The files whose rows in the table are replaced, as the rows name them."""
        return tuple(section(self._context.state, CHANGED_FILES))

    def keep_changed_files(self, names: tuple[str, ...]) -> None:
        self._keep(CHANGED_FILES, dict.fromkeys(names, True))

    def copies(self) -> frozenset[str]:
        """The ids of the files of the source that must be jobs of the package."""
        return frozenset(
            ParsedLoadJobFileName.parse(name).file_id for name in section(self._context.state, COPIES)
        )

    def keep_copy(self, name: str, rows: int) -> None:
        self._keep(COPIES, {name: rows})

    def keep_receipts(self, receipts: tuple[Receipt, ...]) -> None:
        self._keep(RECEIPTS, {str(receipt.table): receipt_entry(receipt) for receipt in receipts})

    def _keep(self, key: str, entries: Mapping[str, object]) -> None:
        # Load jobs run in threads, and dlt may be writing the state at this moment, so dictionaries are replaced and
        # never changed.
        with self._context.state_save_lock:
            state = dict(self._context.state.get("destination_state", {}))
            state[key] = {**state.get(key, {}), **entries}
            self._context.state["destination_state"] = state
        self._context.commit()
