"""Compacts small tables that get a file with every load, such as dlt's own."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.table import Table
from pyiceberg.table.snapshots import ancestors_of
from pyiceberg.table.update import RemoveSnapshotsUpdate

from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.files.data_files import rows_of
from floe_ingestion_dlt.adapters.iceberg.files.live_files import scan_tasks
from floe_ingestion_dlt.adapters.iceberg.files.manifest_entries import data_file
from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries
from floe_ingestion_dlt.adapters.iceberg.files.named_files import manifest_uuid
from floe_ingestion_dlt.adapters.iceberg.files.writing import write_rows
from floe_ingestion_dlt.adapters.iceberg.internals import Change, DraftTransaction, change_of
from floe_ingestion_dlt.adapters.iceberg.snapshot_internals import Overwrite

# Snapshots to keep, for readers that began before the rewrite, and for writers that look for their load.
KEPT_SNAPSHOTS: Final = 50


def compact(catalog: Catalog, table: Table, entries: ManifestEntries) -> None:
    """Replace all data files by as few as possible with the same rows, and expire all but the newest snapshots, in one commit.

    If two processes do this at once, one gives up.
    """
    columns = schema_to_pyarrow(table.schema())
    old_files = scan_tasks(table, entries)
    rows = (pa.Table.from_batches([batch]) for task in old_files for batch in rows_of(table, task, columns))
    files = [data_file(table, file.path) for file in write_rows(table, rows, "compact")]
    transaction = DraftTransaction(table)
    with Overwrite(transaction, table.io, {}, entries) as producer:
        producer.commit_uuid = manifest_uuid()
        for task in old_files:
            producer.delete_data_file(task.file)
        for file in files:
            producer.append_data_file(file)
    change = change_of(transaction)
    old = [snapshot.snapshot_id for snapshot in ancestors_of(table.current_snapshot(), table.metadata)]
    forgotten = RemoveSnapshotsUpdate(snapshot_ids=old[KEPT_SNAPSHOTS - 1 :])
    with suppress(CommitFailedException):  # the new files are kept: even a refused commit may have succeeded
        kind_of(catalog).commit(Change(table, (*change.updates, forgotten), change.requirements))
