"""Which tables a load can write, by their format and by its write mode."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Final

from floe_ingestion_dlt.domain.faults import Category, DestinationFailed
from floe_ingestion_dlt.domain.names import TableName

WRITABLE_VERSION: Final = 2

# Iceberg's Java library reads these as parts of another table: `bronze.orders.files`.
METADATA_TABLES: Final = frozenset(
    {
        "all_data_files",
        "all_delete_files",
        "all_entries",
        "all_files",
        "all_manifests",
        "data_files",
        "delete_files",
        "entries",
        "files",
        "history",
        "manifests",
        "metadata_log_entries",
        "partitions",
        "position_deletes",
        "refs",
        "snapshots",
    }
)


class Unreadable(Enum):
    """Features of a table because of which its rows cannot be read."""

    AVRO = "Avro files"
    ORC = "ORC files"
    EQUALITY_DELETES = "equality deletes"


def unwritable_version(table: TableName, version: int) -> DestinationFailed | None:
    """The fault if no load can write a table of this format *version*; None if it can."""
    if version == WRITABLE_VERSION:
        return None
    if version < WRITABLE_VERSION:
        return DestinationFailed(
            f"{table} has format version 1, in which snapshots have no order: a load could not be recognised once"
            " older snapshots have expired, and its rows would be doubled",
            Category.PERMANENT,
            f"Upgrade it, which rewrites no data: ALTER TABLE {table} SET TBLPROPERTIES ('format-version' = '2'),"
            f" or in pyiceberg: with catalog.load_table('{table}').transaction() as t: t.upgrade_table_version(2).",
        )
    return DestinationFailed(
        f"{table} has format version {version}, which pyiceberg cannot write yet (its version 0.12 writes 2)",
        Category.PERMANENT,
        "Load into a table of format version 2: choose another destination_table, or create this one again"
        " (CREATE TABLE ... TBLPROPERTIES ('format-version' = '2') AS SELECT; a version cannot be lowered)."
        f" Version {version} can be loaded as soon as this package allows a pyiceberg that writes it.",
    )


def unreadable_files(table: TableName, found: Collection[Unreadable]) -> DestinationFailed | None:
    """The fault if a load must read the table's rows and cannot; None if it can."""
    if not found:
        return None
    kinds = " and ".join(sorted(kind.value for kind in found))
    return DestinationFailed(
        f"{table} has {kinds}, so its rows cannot be read, and a merge must read them",
        Category.PERMANENT,
        f"Rewrite them with an engine such as Spark: ALTER TABLE {table} SET TBLPROPERTIES ('write.format.default' = 'parquet'), then"
        f" CALL system.rewrite_data_files(table => '{table}', options => map('rewrite-all', 'true',"
        " 'remove-dangling-deletes', 'true')). Or use write_mode append or replace, which read no rows.",
    )


def not_a_table(table: TableName, what: str) -> DestinationFailed:
    """The fault if the table's name belongs to something else: *what*."""
    return DestinationFailed(
        f"{table} is {what}, and rows can only be loaded into a table",
        Category.PERMANENT,
        f"Choose another destination_table, or drop {table} first (for a view: DROP VIEW {table}).",
    )


def refused_name(table: TableName, error: str) -> DestinationFailed:
    """The fault if a catalog fails to create a table that is named like one of Iceberg's metadata tables."""
    return DestinationFailed(
        f"the catalog failed to create {table}, and {table.name} is the name of one of Iceberg's metadata tables, which Polaris refuses: {error}",
        Category.CONFIGURATION,
        f"Choose another destination_table, such as {table.sibling(table.name + '_')}.",
    )
