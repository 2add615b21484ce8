"""Rows of a load whose values do not decide what a merge does with them."""

from __future__ import annotations

from pyiceberg.table import Table

from floe_ingestion_dlt.adapters.iceberg.merge.file_rows import staged_files, values_in
from floe_ingestion_dlt.adapters.iceberg.merge.key_join import KeyJoin
from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.load import TableWrite
from floe_ingestion_dlt.domain.merge import (
    MergeRows,
    MergeVersions,
    beside,
    unclear_flags,
    variants,
    without_key,
)


def undecided(
    join: KeyJoin, table: Table, write: TableWrite, how: MergeRows | MergeVersions
) -> MergeRefused | None:
    """The refusal of rows without a key, or with values that the columns of flags and of order cannot hold."""
    if missing := join.without_key(how.key):
        return without_key(write.table, *missing)
    staged = staged_files(table, write.files)
    columns = [field.name for field in table.metadata.schema().fields]
    for column, variant in variants(how.hard_delete, how.dedup_sort, columns):
        if rows := values_in(table, staged, variant):
            return beside(write.table, column, variant, rows)
    return unclear_flags(write.table, how.hard_delete, join.unclear_flags() if how.hard_delete else 0)
