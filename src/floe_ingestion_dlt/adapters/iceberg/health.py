"""Checks that a catalog and the storage of its tables answer, in limited time and without writing anything."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import TypeVar

from pyarrow import fs
from pyiceberg.catalog import Catalog
from pyiceberg.io.pyarrow import PyArrowFileIO
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import DENIED, NO_BUCKET, UNREACHABLE, guarded
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.files.file_systems import file_system
from floe_ingestion_dlt.adapters.iceberg.internals import file_io
from floe_ingestion_dlt.adapters.iceberg.tables import find
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName

ValueT = TypeVar("ValueT")
Asked = Result[ValueT, DestinationFailed]

# One existing table is enough, and each missing one costs a request.
MOST_TABLES = 3
# In locations of these schemes, the part before the first slash is a bucket.
WITH_BUCKETS = frozenset({"s3", "s3a", "s3n", "gs", "gcs"})


def reach(catalog: Callable[[], Catalog], timeout: float) -> Asked[None]:
    """Open the catalog, ask for its namespaces, and wait at most *timeout* seconds for the answer."""

    def ask() -> Asked[None]:
        catalog().list_namespaces()
        return Success(None)

    return _within(timeout, ask, "the catalog")


def has_storage(catalog: Callable[[], Catalog], tables: Iterable[TableName], timeout: float) -> Asked[bool]:
    """Check the metadata file of a table, or without tables the folder or bucket of future ones, within *timeout* seconds."""
    return _within(timeout, lambda: _ask_storage(catalog(), tables), "the storage of the tables")


def _within(seconds: float, ask: Callable[[], Asked[ValueT]], whom: str) -> Asked[ValueT]:
    answers: list[Asked[ValueT]] = []
    # A daemon thread, because one that hangs in a connect must not keep the process alive.
    asking = Thread(target=lambda: answers.append(guarded(ask)), daemon=True, name="floe-health")
    asking.start()
    asking.join(seconds)
    silent = DestinationFailed(f"no answer from {whom} within {seconds:g} s", Category.TRANSIENT, UNREACHABLE)
    return answers[0] if answers else Failure(silent)


def _ask_storage(catalog: Catalog, tables: Iterable[TableName]) -> Asked[bool]:
    asked = islice(tables, MOST_TABLES)
    table = next((found for name in asked if (found := find(catalog, name)) is not None), None)
    if table is not None:
        is_there = table.io.new_input(table.metadata_location).exists()
        return Success(is_there) if is_there else Failure(_missing_file(table.metadata_location))
    location = kind_of(catalog).storage_location()
    if location is None:
        return Success(False)  # noqa: FBT003 - that is the answer
    return _ask_place(catalog, location)


def _ask_place(catalog: Catalog, location: str) -> Asked[bool]:
    scheme, host, path = PyArrowFileIO.parse_location(location)
    system = file_system(file_io(catalog, location), location)
    if scheme == "file":
        return _ask_folder(Path(path))
    if system is None or scheme not in WITH_BUCKETS:
        return Success(False)  # noqa: FBT003 - that is the answer
    if system.get_file_info(host).type is fs.FileType.NotFound:
        return Failure(DestinationFailed(f"there is no bucket {host}", Category.CONFIGURATION, NO_BUCKET))
    return Success(True)  # noqa: FBT003 - that is the answer


def _ask_folder(folder: Path) -> Asked[bool]:
    """Check that the folder can be written to. A missing one is no fault if it can be created."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Success(True)  # noqa: FBT003 - that is the answer
    return Failure(
        DestinationFailed(
            f"no table can be made in {folder}: {there} cannot be written to", Category.PERMANENT, DENIED
        )
    )


def _missing_file(path: str) -> DestinationFailed:
    return DestinationFailed(
        f"the catalog names {path}, which is not there",
        Category.PERMANENT,
        "Restore the file, or drop the table from the catalog if its files are gone for good.",
    )
