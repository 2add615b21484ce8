"""pyiceberg's internals, which are used only here, and in the modules `snapshot_internals`, `sql_internals` and `rest_internals`: an upgrade of pyiceberg starts here.

We send commits ourselves, because `Transaction.commit_transaction` deletes the manifests of a committed snapshot if
the catalog's last answer is a conflict. So we need the updates and requirements of a transaction, and pyiceberg has no method for a REST catalog's
`transactions/commit`. pyiceberg also reads the positions of deleted rows, and the rows of files that
are not Parquet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast, final

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.rest import _RETRY_ARGS, Endpoint, HttpMethod, RestCatalog
from pyiceberg.catalog.rest.response import _handle_non_200_response
from pyiceberg.exceptions import (
    CommitFailedException,
    CommitStateUnknownException,
)
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import ArrowScan, _read_all_delete_files
from pyiceberg.schema import Schema
from pyiceberg.table import CommitTableRequest, FileScanTask, Table, TableIdentifier, Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.update import (
    AddSchemaUpdate,
    AssertCurrentSchemaId,
    AssertTableUUID,
    RemoveSnapshotRefUpdate,
    SetCurrentSchemaUpdate,
    SetSnapshotRefUpdate,
    TableRequirement,
    TableUpdate,
    _apply_table_update,
    _TableMetadataUpdateContext,
    _update_table_metadata_log,
)
from pyiceberg.typedef import EMPTY_DICT, Properties
from pyiceberg.utils.datetime import datetime_to_millis
from requests import HTTPError
from tenacity import Retrying

from floe_ingestion_dlt.adapters.arrow.stubs import Places
from floe_ingestion_dlt.adapters.iceberg import catalog_answers as answers
from floe_ingestion_dlt.domain.safe_texts import quoted
from floe_ingestion_dlt.domain.table_places import Kind

COMMIT_TRANSACTION: Final = Endpoint(http_method=HttpMethod.POST, path="/v1/{prefix}/transactions/commit")


@final
@dataclass(frozen=True, slots=True)
class Change:
    """The part of a commit for one table, and the table on which it is based."""

    base: Table
    updates: tuple[TableUpdate, ...]
    requirements: tuple[TableRequirement, ...]


def updated(
    metadata: TableMetadata, updates: Sequence[TableUpdate], location: str | None = None
) -> TableMetadata:
    """The *metadata* with the *updates*; the file at its *location* goes into its log.

    This is pyiceberg's `update_table_metadata` without its copy of all snapshots: what is not updated is shared, and nobody changes it.
    """
    context, now = _TableMetadataUpdateContext(), metadata
    for each in updates:
        now = _apply_table_update(each, now, context)
    if context.has_changes():
        if location:
            now = _update_table_metadata_log(now, location, metadata.last_updated_ms)
        if now.last_updated_ms == metadata.last_updated_ms:
            now = now.model_copy(update={"last_updated_ms": datetime_to_millis(datetime.now().astimezone())})
    now.spec().check_compatible(now.schema())
    now.sort_order().check_compatible(now.schema())
    return now


@final
class DraftTransaction(Transaction):
    """A transaction that works out the table's metadata once for each change: pyiceberg does it for each look, and copies all snapshots each time."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._known: tuple[tuple[TableUpdate, ...], TableMetadata] = ((), table.metadata)

    @property
    def table_metadata(self) -> TableMetadata:
        updates, metadata = self._known
        if updates is not self._updates:
            metadata = updated(self._table.metadata, self._updates)
            self._known = (self._updates, metadata)
        return metadata


def change_of(transaction: Transaction) -> Change:
    """The updates and requirements of *transaction*, which was not sent."""
    base = transaction._table  # noqa: SLF001
    identity = AssertTableUUID(uuid=base.metadata.table_uuid)
    return Change(base, transaction._updates, (*transaction._requirements, identity))  # noqa: SLF001


def main_at(snapshot_id: int) -> SetSnapshotRefUpdate:
    """The update that makes the snapshot the table's current one."""
    # They are optional, which pydantic's mypy plugin does not see.
    kept: dict[str, None] = dict.fromkeys(("max_ref_age_ms", "max_snapshot_age_ms", "min_snapshots_to_keep"))
    return SetSnapshotRefUpdate(ref_name=MAIN_BRANCH, type="branch", snapshot_id=snapshot_id, **kept)


def set_main(transaction: Transaction, snapshot_id: int | None) -> None:
    """Make the snapshot the current one of the transaction's table; without one, it has none."""
    update = RemoveSnapshotRefUpdate(ref_name=MAIN_BRANCH) if snapshot_id is None else main_at(snapshot_id)
    transaction._apply((update,), ())  # noqa: SLF001


def set_known_schema(transaction: Transaction, schema_id: int) -> None:
    """Make one of the table's schemas the current one."""
    transaction._apply((SetCurrentSchemaUpdate(schema_id=schema_id),), ())  # noqa: SLF001


def set_schema(transaction: Transaction, schema: Schema) -> None:
    """Set the table's schema. pyiceberg's own changes find fields by names, which can be ambiguous."""
    now = AssertCurrentSchemaId(current_schema_id=transaction.table_metadata.current_schema_id)
    transaction._apply((AddSchemaUpdate(schema_=schema), SetCurrentSchemaUpdate(schema_id=-1)), (now,))  # noqa: SLF001


def delete_old_metadata(base: Table, now: TableMetadata) -> None:
    """Delete the metadata files that are no longer in the table's log, if its properties ask for that."""
    with suppress(Exception):  # the commit is done, and no reader minds a superfluous file
        Catalog._delete_old_metadata(base.io, base.metadata, now)  # noqa: SLF001


def guard_tables(catalog: Catalog, kind: Kind) -> None:
    """Make *catalog* refuse tables that name code to import, or that are outside the allowed locations.

    pyiceberg chooses how to open files by a table's metadata, too.
    """
    allowed = answers.allowed_locations(kind, catalog.properties)
    load_file_io = catalog._load_file_io  # noqa: SLF001

    def guarded(properties: Properties = EMPTY_DICT, location: str | None = None) -> FileIO:
        whose = f"the table at {quoted(location)}"
        answers.check_properties(properties, catalog.properties, whose)
        if location is not None:
            answers.check_place(location, allowed, whose)
        io = load_file_io(location=location)
        return io if allowed.everywhere else answers.GuardedFileIO(io, allowed)

    vars(catalog)["_load_file_io"] = guarded


def file_io(catalog: Catalog, location: str) -> FileIO:
    """The FileIO for *location*, without a table."""
    return catalog._load_file_io(location=location)  # noqa: SLF001


def takes_transactions(catalog: RestCatalog) -> bool:
    """Whether the catalog announces that it can commit several tables at once."""
    return COMMIT_TRANSACTION in catalog._supported_endpoints  # noqa: SLF001


def commit_in_one_rest_transaction(catalog: RestCatalog, changes: Sequence[Change]) -> None:
    """Commit all *changes* or none, with a request that pyiceberg does not have. Raises what pyiceberg does for one table."""
    # As pyiceberg does for its own requests: if the token is refused, fetch a new one, once.
    Retrying(**cast("dict[str, Any]", _RETRY_ARGS))(_post_transaction, catalog, changes)


def _post_transaction(catalog: RestCatalog, changes: Sequence[Change]) -> None:
    asked = [
        CommitTableRequest(
            identifier=TableIdentifier(namespace=change.base.name()[:-1], name=change.base.name()[-1]),
            requirements=change.requirements,
            updates=change.updates,
        )
        for change in changes
    ]
    changed = ", ".join(request.model_dump_json() for request in asked)
    answer = catalog._session.post(  # noqa: SLF001
        catalog.url("transactions/commit"), data=f'{{"table-changes": [{changed}]}}'.encode()
    )
    try:
        answer.raise_for_status()
    except HTTPError as error:
        open_outcome = dict.fromkeys((500, 502, 504), CommitStateUnknownException)
        _handle_non_200_response(error, {409: CommitFailedException, **open_outcome})


def batches_of(table: Table, task: FileScanTask, columns: Schema) -> Iterator[pa.RecordBatch]:
    """The rows of one data file as pyiceberg reads them, without deleted ones, a batch at a time.

    The public reader returns the same, but holds all rows of a file at once.
    """
    scan = ArrowScan(table.metadata, table.io, columns, AlwaysTrue())
    deletes = _read_all_delete_files(table.io, [task])
    yield from scan._record_batches_from_scan_tasks_and_deletes([task], deletes)  # noqa: SLF001


def deleted_places(table: Table, task: FileScanTask) -> Places:
    """The sorted positions of the rows of one data file that delete files remove."""
    found = _read_all_delete_files(table.io, [task]).get(task.file.file_path, [])
    places = pa.chunked_array([chunk.cast(pa.int64()) for part in found for chunk in part.chunks], pa.int64())
    return pa.table({"place": places.unique()}).sort_by("place")["place"].combine_chunks()
