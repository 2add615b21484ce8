"""What a pipeline's working folder need not hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

from floe_ingestion_dlt.adapters.dlt.internals import (
    JOB_FOLDERS,
    LoadStorage,
    NormalizeStorage,
    Pipeline,
    delete_extracted,
)


def remove_rows(folder: Path) -> None:
    """Delete all rows in the working folder but those of pending packages.

    What dlt wrote of finished packages (state, schema, trace) has no rows in it and stays until the next one is read. What cannot be
    deleted now is tried again by the next run.
    """
    for path in chain(_of_finished_packages(folder), _of_broken_off_steps(folder)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _of_finished_packages(folder: Path) -> Iterator[Path]:
    """Files of loads that are committed, and of those that were refused."""
    for jobs in JOB_FOLDERS:
        yield from folder.glob(f"load/{LoadStorage.LOADED_FOLDER}/*/{jobs}/*")


def _of_broken_off_steps(folder: Path) -> Iterator[Path]:
    """Packages in the making, which nobody goes on with: a step that was broken off begins anew."""
    yield from folder.glob(f"load/{LoadStorage.NEW_PACKAGES_FOLDER}/*")
    made = (path for path in folder.glob("normalize/*") if path.is_dir())
    yield from (path for path in made if path.name != NormalizeStorage.EXTRACTED_FOLDER)


def remove_normalized_twins(pipeline: Pipeline) -> None:
    """Delete extracted packages that are normalized already: dlt deletes them a moment later, and may die in between."""
    normalized = set(pipeline.list_normalized_load_packages())
    for load_id in pipeline.list_extracted_load_packages():
        if load_id in normalized:
            delete_extracted(pipeline, load_id)
