"""What ends a run that is neither about its source nor about its tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.domain.category import Category


@final
@dataclass(frozen=True, slots=True)
class FolderInUse:
    """Another run uses the pipeline's working folder; this one has read and written nothing."""

    folder: str
    holder: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"the working folder {self.folder} is used by {self.holder}"

    @property
    def next_step(self) -> str:
        return (
            "Run again when that run has ended, or set pipelines_dir to a folder of its own for each of them."
        )


@final
@dataclass(frozen=True, slots=True)
class FolderDamaged:
    """The pipeline's working folder has rows that are not committed, and files that cannot be read; it is left as it is."""

    folder: str
    cause: str
    category: Category = Category.PERMANENT

    @property
    def message(self) -> str:
        return f"the working folder {self.folder} cannot be read: {self.cause}"

    @property
    def next_step(self) -> str:
        return "Move the folder away and run again: rows that are not in the table yet are read from the source once more."


@final
@dataclass(frozen=True, slots=True)
class FolderShared:
    """Another user can write to the pipeline's working folder, and so change what is loaded; nothing in it was read."""

    folder: str
    cause: str
    category: Category = Category.CONFIGURATION

    @property
    def message(self) -> str:
        return f"the working folder {self.folder} is not this user's alone: {self.cause}"

    @property
    def next_step(self) -> str:
        return (
            "Set pipelines_dir to a folder that does not exist yet: it is made for this user only. Or, if you know all files in this one, "
            "make it yours with chown and chmod go-w."
        )


@final
@dataclass(frozen=True, slots=True)
class Interrupted:
    """A signal asked the process to end; the run stopped at a point where nothing is lost."""

    signal: str
    category: Category = Category.TRANSIENT

    @property
    def message(self) -> str:
        return f"the run was stopped by {self.signal}"

    @property
    def next_step(self) -> str:
        return "Run again: what is pending is loaded first, and nothing is loaded twice."
