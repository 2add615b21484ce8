"""What dlt's load package on disk says, so that a process that remembers nothing can finish a load.

Staged files and receipts are written into the package's own state, beside what dlt keeps there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, cast, final

from floe_ingestion_dlt.adapters.arrow.types import schema_from_text, text_of
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    JOB_EXCEPTION_EXTENSION,
    LoadPackageStateInjectableContext,
    ParsedLoadJobFileName,
    TPackageJobState,
    current_package,
)
from floe_ingestion_dlt.domain.faults import SchemaChange
from floe_ingestion_dlt.domain.load import Discarded, Load, Receipt, StagedFile, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append

STAGED: Final = "floe_staged"
RECEIPTS: Final = "floe_receipts"
LEFT_OUT: Final = "floe_tables_left_out"
SENT: Final = "floe_sent"
GROWTH: Final = "floe_growth"
# How often a job's file can move while it is looked for.
MOST_MOVES: Final = 10
# A package's folders, in the order in which a job moves from one to the next. dlt has them as a set, without order.
JOB_STATES: Final[tuple[TPackageJobState, ...]] = (
    "new_jobs",
    "started_jobs",
    "completed_jobs",
    "failed_jobs",
)


@final
@dataclass(frozen=True, slots=True)
class Growth:
    """The columns that a table gets or has widened, and the changes in words."""

    columns: TableSchema
    changes: tuple[SchemaChange, ...] = ()


NO_GROWTH: Final = Growth(NO_COLUMNS)


@final
class LoadPackage:
    """The package that dlt is loading at the moment."""

    def __init__(self, context: LoadPackageStateInjectableContext) -> None:
        self._context = context

    @classmethod
    def in_load(cls) -> LoadPackage:
        """The package being loaded, where dlt promises that there is one."""
        package = cls.current()
        if package is None:
            raise RuntimeError("dlt asked for a load outside of a load package")
        return package

    @classmethod
    def current(cls) -> LoadPackage | None:
        """The package being loaded; None when dlt asks for something outside of a load."""
        context = current_package()
        return cls(context) if context is not None else None

    @property
    def load_id(self) -> str:
        return str(self._context.load_id)

    @property
    def created_at(self) -> datetime:
        """When the package was made, which a load that is resumed remembers."""
        return cast("datetime", self._context.state["created_at"])

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
        """The job's file, which dlt may be moving to another folder at this moment; it stays the same when it is open."""
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
        """Where the file that was staged is in the package."""
        return self._path("completed_jobs", job)

    def _path(self, state: TPackageJobState, job: ParsedLoadJobFileName) -> Path:
        storage = self._context.storage
        return Path(
            storage.storage.make_full_path(storage.get_job_file_path(self.load_id, state, job.file_name()))
        )

    def failed(self) -> tuple[ParsedLoadJobFileName, ...]:
        """The files that dlt gave up."""
        return self._jobs("failed_jobs")

    def _jobs(self, state: str) -> tuple[ParsedLoadJobFileName, ...]:
        return tuple(job for found, job in self._all_jobs() if found == state)

    def _all_jobs(self) -> tuple[tuple[TPackageJobState, ParsedLoadJobFileName], ...]:
        """Each job where it was seen last, be it moved meanwhile: jobs run in threads while others are listed.

        A job that is tried again goes back to the first folder, so the folders are listed twice.
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

    def pipeline_state(self) -> Mapping[str, Any] | None:
        """Dlt's state of the pipeline as this load leaves it; None where the load did not change it."""
        return self._context.state.get("pipeline_state")

    def staged(self) -> dict[str, tuple[StagedFile, ...]]:
        """What was staged, by job id."""
        return {job: _staged_files(entries) for job, entries in self._section(STAGED).items()}

    def keep_staged(self, job_id: str, files: tuple[StagedFile, ...]) -> None:
        self._keep(STAGED, {job_id: [asdict(file) for file in files]})

    def tables_left_out(self) -> tuple[str, ...]:
        """Nested tables that the contract does not let into the catalog."""
        return tuple(self._section(LEFT_OUT))

    def leave_out(self, table: str) -> None:
        self._keep(LEFT_OUT, {table: True})

    def was_sent(self) -> bool:
        """Whether a request for the load may be on its way to the catalog."""
        return may_be_on_its_way(self._context.state)

    def keep_sent(self, *, is_sent: bool) -> None:
        self._keep(SENT, {"is_open": is_sent})

    def growth(self, table: str) -> Growth:
        """What the table gets together with the load's rows."""
        kept = self._section(GROWTH).get(table)
        return NO_GROWTH if kept is None else _growth(kept)

    def grown(self) -> tuple[str, ...]:
        """The tables that get columns."""
        return tuple(table for table in self._section(GROWTH) if self.growth(table).columns.columns)

    def keep_growth(self, tables: Mapping[str, Growth]) -> None:
        """Write down what is to come with the rows, if that is not what stands there."""
        changed = {name: found for name, found in tables.items() if found != self.growth(name)}
        if changed:
            self._keep(GROWTH, {name: _growth_entry(found) for name, found in changed.items()})

    def keep_receipts(self, receipts: tuple[Receipt, ...]) -> None:
        self._keep(RECEIPTS, {str(receipt.table): _receipt_entry(receipt) for receipt in receipts})

    def _section(self, key: str) -> dict[str, Any]:
        state: dict[str, Any] = self._context.state.get("destination_state", {})
        return dict(state.get(key, {}))

    def _keep(self, key: str, entries: Mapping[str, Any]) -> None:
        # Load jobs run in threads, and dlt may be writing the state at this moment: new dictionaries take the place of
        # old ones, none that is being written out changes under dlt's hand.
        with self._context.state_save_lock:
            state = dict(self._context.state.get("destination_state", {}))
            state[key] = {**state.get(key, {}), **entries}
            self._context.state["destination_state"] = state
        self._context.commit()


def may_be_on_its_way(state: Mapping[str, Any]) -> bool:
    """Whether a package's saved state says that a request for its load was sent, and not that it was settled."""
    return bool(state.get("destination_state", {}).get(SENT, {}).get("is_open", False))


def staged_load(load_id: str, state: Mapping[str, Any], namespace: tuple[str, ...]) -> Load:
    """What a package's saved state says was staged, as the load that it would have been."""
    entries = state.get("destination_state", {}).get(STAGED, {})
    writes = (
        TableWrite(TableName(namespace, job.split(".")[0]), Append(), files)
        for job, staged in entries.items()
        if (files := tuple(file for file in _staged_files(staged) if file.path))
    )
    return Load(load_id, tuple(writes))


def receipts_in(state: Mapping[str, Any]) -> tuple[Receipt, ...]:
    """The receipts in a package's saved state."""
    entries = state.get("destination_state", {}).get(RECEIPTS, {})
    return tuple(_receipt(entry) for entry in entries.values())


def _growth_entry(growth: Growth) -> dict[str, Any]:
    changes = [asdict(change) for change in growth.changes]
    return {"columns": text_of(growth.columns), "changes": changes}


def _growth(entry: Mapping[str, Any]) -> Growth:
    changes = tuple(SchemaChange(**change) for change in entry["changes"])
    return Growth(schema_from_text(entry["columns"]), changes)


def _staged_files(entries: list[Mapping[str, Any]]) -> tuple[StagedFile, ...]:
    return tuple(StagedFile(**{**entry, "discarded": _discarded(entry["discarded"])}) for entry in entries)


def _receipt_entry(receipt: Receipt) -> dict[str, Any]:
    return {
        **asdict(receipt),
        "namespace": list(receipt.table.namespace),
        "table": receipt.table.name,
    }


def _receipt(entry: Mapping[str, Any]) -> Receipt:
    return Receipt(
        table=TableName(tuple(entry["namespace"]), entry["table"]),
        rows=entry["rows"],
        bytes=entry["bytes"],
        files=entry["files"],
        snapshot_id=entry["snapshot_id"],
        discarded=_discarded(entry["discarded"]),
    )


def _discarded(entries: list[Mapping[str, Any]]) -> tuple[Discarded, ...]:
    return tuple(Discarded(entry["column"], entry["rows"]) for entry in entries)
