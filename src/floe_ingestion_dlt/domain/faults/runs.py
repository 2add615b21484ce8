"""Faults that end a run and concern neither its source nor its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias, final

from floe_ingestion_dlt.domain.faults.category import Category
from floe_ingestion_dlt.domain.faults.kind import FaultKind, RaisedAs


@final
@dataclass(frozen=True, slots=True)
class FolderInUse(FaultKind):
    """Another run uses the pipeline's working folder; this run has read and written nothing."""

    raised_as = RaisedAs.INGESTION

    folder: str
    holder: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"the working folder {self.folder} is used by {self.holder}"

    @property
    def next_step(self) -> str:
        return "Run again when that run has ended, or set a different pipelines_dir for each of them."

    @classmethod
    def example(cls) -> Self:
        return cls(
            "/var/lib/dlt/pipelines/bronze-orders", "process 4711 on worker-1, since 2025-11-25 06:00:00 UTC"
        )


@final
@dataclass(frozen=True, slots=True)
class FolderDamaged(FaultKind):
    """The pipeline's working folder has uncommitted rows and files that cannot be read; the folder was not changed."""

    raised_as = RaisedAs.INGESTION

    folder: str
    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"the working folder {self.folder} cannot be read: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Move the folder away and run again: rows that are not in the table yet are read from the source again."

    @classmethod
    def example(cls) -> Self:
        return cls(
            "/var/lib/dlt/pipelines/bronze-orders", "JSONDecodeError: Input is a zero-length, empty document"
        )


@final
@dataclass(frozen=True, slots=True)
class FolderShared(FaultKind):
    """Another user can write to the pipeline's working folder, and so change the rows that are loaded; nothing in it was read."""

    raised_as = RaisedAs.INGESTION

    folder: str
    cause: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"the working folder {self.folder} is not private to this user: {self.cause}"

    @property
    def next_step(self) -> str:
        return (
            "Set pipelines_dir to a folder that does not exist yet: it is created for this user only. Or, if you trust all files in this"
            " folder, make it private with chown and chmod go-w."
        )

    @classmethod
    def example(cls) -> Self:
        return cls("/var/lib/dlt/pipelines", "other users may write to it (mode 0777)")


@final
@dataclass(frozen=True, slots=True)
class Interrupted(FaultKind):
    """A signal asked the process to end; the run stopped at a point where nothing is lost."""

    raised_as = RaisedAs.INGESTION

    signal: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"the run was stopped by {self.signal}"

    @property
    def next_step(self) -> str:
        return "Run again: pending rows are loaded first, and nothing is loaded twice."

    @classmethod
    def example(cls) -> Self:
        return cls("SIGTERM")


@final
@dataclass(frozen=True, slots=True)
class Unforeseen(FaultKind):
    """An error that the plugin does not recognise."""

    raised_as = RaisedAs.INGESTION

    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"unexpected error: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Read the cause. If you cannot fix it, report it with the traceback, which is logged at level DEBUG."

    @classmethod
    def example(cls) -> Self:
        return cls("KeyError: 'next'")


RunFault: TypeAlias = FolderInUse | FolderDamaged | FolderShared | Interrupted | Unforeseen
