"""Finds and removes files that loads left behind: their commit was never sent, was refused, or another writer was first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from pyarrow import fs
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import Table
from pyiceberg.typedef import Identifier
from pyiceberg.utils.concurrent import ExecutorFactory
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg.catalog_errors import AnswerRefusedError, fault_of
from floe_ingestion_dlt.adapters.iceberg.files.file_systems import file_system
from floe_ingestion_dlt.adapters.iceberg.files.named_files import folders, names_in, without_scheme
from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.leftovers import FoundFile, Place, file_name, is_ours, removable
from floe_ingestion_dlt.ports.destination import Leftover

METADATA: Final = ".metadata.json"


class UnreadableTableError(Exception):
    """A table of the catalog cannot be read; the cause says why."""


def leftovers(
    catalog: Catalog, table: Table, older_than: timedelta
) -> Result[tuple[Leftover, ...], DestinationFailed]:
    """Files of loads at the table's location that no table of the catalog names, and that are old enough.

    The other tables are read only if there are such files, because then all of them have to be read.
    """
    files = files_at(table)
    if files is None:
        return Failure(_unlistable(table))
    own, place = names_in(table), _place(table)
    if not removable(files, own, [place], older_than):
        return Success(())
    try:
        return _needed_by_nobody(catalog, table, files, own, older_than)
    except UnreadableTableError as error:
        return Failure(_unreadable(table, error))


def _needed_by_nobody(
    catalog: Catalog, table: Table, files: Sequence[FoundFile], own: frozenset[str], older_than: timedelta
) -> Result[tuple[Leftover, ...], DestinationFailed]:
    others = [one for one in _tables(catalog) if one.metadata.table_uuid != table.metadata.table_uuid]
    if (stranger := _of_no_table(table, files, [table, *others])) is not None:
        return Failure(_unknown_table(table, stranger))
    named = own.union(*ExecutorFactory.get_or_create().map(_names_in, others))
    place = _place(table)
    places = [place, *(other for other in map(_place, others) if other.overlaps(place))]
    found = removable(files, named, places, older_than)
    return Success(tuple(Leftover(file.path, file.bytes) for file in found))


def remove(table: Table, found: Iterable[Leftover]) -> Result[None, DestinationFailed]:
    """Delete files that `leftovers` found. A file that is not ours, or is elsewhere, is never deleted."""
    files, place = tuple(found), _place(table)
    for file in files:
        if not (place.holds(without_scheme(file.path)) and is_ours(file_name(file.path))):
            return Failure(_not_ours(table, file.path))
    for file in files:
        with suppress(FileNotFoundError):
            table.io.delete(file.path)
    return Success(None)


def _place(table: Table) -> Place:
    newest = table.metadata.current_snapshot()
    at = datetime.fromtimestamp(newest.timestamp_ms / 1000, UTC) if newest else None
    return Place(tuple(map(without_scheme, (table.location(), *folders(table)))), at)


def _tables(catalog: Catalog) -> Iterator[Table]:
    """Every table of the catalog. Raises the catalog's errors, because a table that cannot be read may name any file."""
    waiting = list(catalog.list_namespaces())
    seen = set(waiting)
    while waiting:
        namespace = waiting.pop()
        with suppress(NoSuchNamespaceError):  # it was dropped meanwhile
            nested = [name for name in catalog.list_namespaces(namespace) if name not in seen]
            seen.update(nested)
            waiting += nested
            for name in catalog.list_tables(namespace):
                with suppress(NoSuchTableError), _reading(name):  # see above
                    yield catalog.load_table(name)


def _names_in(table: Table) -> frozenset[str]:
    with _reading(table.name()):
        return names_in(table)


@contextmanager
def _reading(name: Identifier) -> Iterator[None]:
    """Add the table's name to an error that is raised while it is read."""
    try:
        yield
    except NoSuchTableError:
        raise
    except Exception as error:
        raise UnreadableTableError(".".join(name)) from error


def _of_no_table(table: Table, files: Iterable[FoundFile], known: Iterable[Table]) -> str | None:
    """A metadata file of a table that is not in the catalog: its files cannot be told from leftovers."""
    uuids = {one.metadata.table_uuid for one in known}
    logged = {file_name(entry.metadata_file) for entry in table.metadata.metadata_log}
    logged.add(file_name(table.metadata_location))
    unknown = [file.path for file in files if file.name.endswith(METADATA) and file.name not in logged]

    def is_of_unknown_table(path: str) -> bool:
        try:
            return FromInputFile.table_metadata(table.io.new_input(path)).table_uuid not in uuids
        except FileNotFoundError:  # another writer has deleted it
            return False
        except ValueError:  # a file that cannot be read may belong to any table
            return True

    are_unknown = ExecutorFactory.get_or_create().map(is_of_unknown_table, unknown)
    return next((path for path, is_one in zip(unknown, are_unknown, strict=True) if is_one), None)


def files_at(table: Table) -> tuple[FoundFile, ...] | None:
    """Every file in the table's folders, once each; None if the table's FileIO cannot list files."""
    found: dict[str, FoundFile] = {}
    for folder in folders(table):
        listable = file_system(table.io, folder)
        if listable is None:
            return None
        found |= {file.path: file for file in _files_below(listable, folder)}
    return tuple(found.values())


def _files_below(listable: fs.FileSystem, folder: str) -> Iterator[FoundFile]:
    """Every file below *folder* whose time of writing is known."""
    *_, root = PyArrowFileIO.parse_location(folder)
    for info in listable.get_file_info(fs.FileSelector(root, allow_not_found=True, recursive=True)):
        if info.type is fs.FileType.File and info.mtime is not None:
            yield FoundFile(folder + info.path.removeprefix(root), info.size, info.mtime)


def _unlistable(table: Table) -> DestinationFailed:
    return DestinationFailed(
        f"the files of {'.'.join(table.name())} cannot be listed by {type(table.io).__name__}",
        Category.CONFIGURATION,
        "Use pyiceberg's PyArrowFileIO or FsspecFileIO (catalog_config: py-io-impl).",
    )


def _unreadable(table: Table, error: UnreadableTableError) -> DestinationFailed:
    cause = fault_of(error.__cause__ or error)
    repair = f"Repair {error}, or drop it from the catalog if it is not needed any more; then run again."
    return DestinationFailed(
        f"leftovers of {'.'.join(table.name())} are not removed, because {error} may need them and cannot be read: {cause.cause}",
        cause.category,
        cause.next_step if isinstance(error.__cause__, AnswerRefusedError) else repair,
        cause.retry_after,
    )


def _unknown_table(table: Table, path: str) -> DestinationFailed:
    return DestinationFailed(
        f"leftovers of {'.'.join(table.name())} cannot be told from files of another table: {path} is the metadata"
        " of a table that this catalog does not have",
        Category.PERMANENT,
        "Register that table in the catalog, or move its files elsewhere if they are not needed any more.",
    )


def _not_ours(table: Table, path: str) -> DestinationFailed:
    return DestinationFailed(
        f"{path} is no file of a load of {'.'.join(table.name())}, and is not deleted",
        Category.PERMANENT,
        "Hand over what leftovers() found, unchanged.",
    )
