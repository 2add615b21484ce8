"""A table as it will be after a load: with the columns that the load adds, and the ids that they will have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from pyiceberg.table import Table, Transaction
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.iceberg.internals import DraftTransaction, set_schema
from floe_ingestion_dlt.adapters.iceberg.schema_changes import grown, replaceable_columns
from floe_ingestion_dlt.adapters.iceberg.types import schema_from_iceberg
from floe_ingestion_dlt.domain.evolution import extended
from floe_ingestion_dlt.domain.faults import DestinationFailed
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema


@final
@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction with the table's new columns that was not sent, and the table as it would be afterwards."""

    transaction: Transaction
    before: Table
    table: Table


def drafted(
    table: Table, name: TableName, grows: TableSchema, *, replaces: bool
) -> Result[Draft, DestinationFailed]:
    """The draft of *table* with room for *grows*; a load that *replaces* all rows may give columns other types.

    The ids of new columns follow the last one that the table ever had. As long as nobody else adds
    columns, each draft gives them the same ids.
    """
    transaction = DraftTransaction(table)
    has = schema_from_iceberg(table.metadata.schema())
    wider = extended(name, has, grows, replaceable_columns(table.metadata) if replaces else ())
    if isinstance(wider, Failure):
        return wider
    if wider.unwrap() == has:
        return Success(Draft(transaction, table, table))
    set_schema(transaction, grown(table.metadata, wider.unwrap()))
    metadata, location = transaction.table_metadata, table.metadata_location
    after = Table(table.name(), metadata, location, table.io, table.catalog, table.config)
    return Success(Draft(transaction, table, after))
