"""The contents of a pipeline's working folder: emptying a damaged one, and removing rows that are not pending."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.working_folder import WorkingFolder
from floe_ingestion_dlt.adapters.dlt_api.active_pipelines import former_active_pipeline_afterwards
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    JOB_FOLDERS,
    TRACE_FILE_NAME,
    LoadStorage,
    NormalizeStorage,
    Pipeline,
)
from floe_ingestion_dlt.adapters.dlt_api.packages import delete_extracted
from floe_ingestion_dlt.domain.faults import Fault, FolderDamaged
from floe_ingestion_dlt.library_errors.error_texts import one_line

ValueT = TypeVar("ValueT")
# The folder in a working folder for files that wait for their package.
COPIES_FOLDER: Final = "copies"
PipelineT = TypeVar("PipelineT", bound=Pipeline)


@contextmanager
def used_alone(
    pipeline: PipelineT, folder: WorkingFolder, release: Callable[[], None]
) -> Iterator[PipelineT]:
    """The active pipeline, which uses the folder for one run, and leaves only pending rows in it; *release* ends the claim."""
    runtime = pipeline.runtime_config
    former = runtime.intercept_signals
    # dlt would keep a signal during one of its steps, and drop it at the step's end.
    runtime.intercept_signals = False
    try:
        with former_active_pipeline_afterwards():
            pipeline.activate()
            yield pipeline
    finally:
        runtime.intercept_signals = former
        try:
            remove_rows(folder.path)
            with suppress(OSError):
                folder.close_to_others()
        finally:
            release()


def remove_rows(folder: Path) -> None:
    """Delete all rows in the working folder except those of pending packages.

    The state and schema of finished packages have no rows, and stay until the next package is extracted. Files that cannot be
    deleted now are deleted by the next run.
    """
    for path in chain(
        _of_finished_packages(folder),
        _of_interrupted_steps(folder),
        _of_no_package(folder),
        folder.glob(TRACE_FILE_NAME),
    ):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _of_finished_packages(folder: Path) -> Iterator[Path]:
    """Files of committed and of refused loads."""
    for jobs in JOB_FOLDERS:
        yield from folder.glob(f"load/{LoadStorage.LOADED_FOLDER}/*/{jobs}/*")


def _of_interrupted_steps(folder: Path) -> Iterator[Path]:
    """Incomplete packages, which are not used again: a step that was interrupted starts from the beginning."""
    yield from folder.glob(f"load/{LoadStorage.NEW_PACKAGES_FOLDER}/*")
    made = (path for path in folder.glob("normalize/*") if path.is_dir())
    yield from (path for path in made if path.name != NormalizeStorage.EXTRACTED_FOLDER)


def _of_no_package(folder: Path) -> Iterator[Path]:
    """Copied files that wait for no pending package."""
    pending = {path.name for path in _pending_packages(folder)}
    yield from (path for path in folder.glob(f"{COPIES_FOLDER}/*") if path.name not in pending)


def remove_normalized_twins(pipeline: Pipeline) -> None:
    """Delete extracted packages that are normalized already: dlt deletes them later, and may be killed in between."""
    normalized = set(pipeline.list_normalized_load_packages())
    for load_id in pipeline.list_extracted_load_packages():
        if load_id in normalized:
            delete_extracted(pipeline, load_id)


def opened(folder: WorkingFolder, act: Callable[[], ValueT], *, is_claimed: bool) -> Result[ValueT, Fault]:
    """The result of *act* on the working folder.

    A damaged folder is emptied first, if no rows are pending in it and no other run uses it.
    """
    with folder.being_set_up():
        try:
            return Success(act())
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # A power cut leaves empty files, for which dlt has no error of its own.
            if _has_pending_packages(folder.path):
                return Failure(FolderDamaged(str(folder.path), one_line(error)))
            if is_claimed:
                return Success(_emptied(folder, act))
            return folder.claim().map(lambda release: _emptied(folder, act, release))


def _emptied(
    folder: WorkingFolder, act: Callable[[], ValueT], release: Callable[[], None] = lambda: None
) -> ValueT:
    try:
        shutil.rmtree(folder.path, ignore_errors=True)
        return act()
    finally:
        release()


def _has_pending_packages(folder: Path) -> bool:
    return any(_pending_packages(folder))


def _pending_packages(folder: Path) -> Iterator[Path]:
    places = (f"normalize/{NormalizeStorage.EXTRACTED_FOLDER}", f"load/{LoadStorage.NORMALIZED_FOLDER}")
    yield from (path for place in places for path in folder.glob(f"{place}/*") if path.is_dir())
