"""The tables of one dlt schema, and their names in the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, final

from floe_ingestion_dlt.adapters.arrow.types import schema_from_arrow
from floe_ingestion_dlt.adapters.dlt.loader.binding import Binding
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DestinationCapabilitiesContext,
    PreparedTableSchema,
    Schema,
    TTableSchema,
    TTableSchemaColumns,
    columns_to_arrow,
    get_context_timezone_name,
    prepare_load_table,
)
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.ports.destination import Destination


@final
@dataclass(frozen=True, slots=True)
class Dataset:
    """A namespace as dlt has it: an inferred schema, and the port with its tables."""

    name: str
    schema: Schema
    capabilities: DestinationCapabilitiesContext
    binding: Binding

    @property
    def port(self) -> Destination:
        return self.binding.port

    @property
    def namespace(self) -> tuple[str, ...]:
        return tuple(self.name.split("."))

    def table(self, name: str) -> TableName:
        """The full name of the table with dlt's *name*."""
        return TableName(self.namespace, name)

    def own_tables(self) -> list[str]:
        """The tables with dlt's own bookkeeping."""
        return list(self.schema.dlt_table_names())

    def prepared(self, name: str) -> PreparedTableSchema:
        """The table in dlt's schema, with what it inherits from its root."""
        return prepare_load_table(self.schema.tables, self.schema.get_table(name), self.capabilities)

    def described(self, name: str, columns: TTableSchemaColumns) -> TTableSchema:
        """The table in dlt's schema with these *columns*, and with what it inherits from its root."""
        table = self.prepared(name)
        table["columns"] = columns
        return cast("TTableSchema", table)

    def replaces(self, name: str) -> bool:
        """Whether a load replaces the table's rows."""
        return self.prepared(name)["write_disposition"] == "replace"

    def declared(self, name: str) -> TableSchema:
        """The table's columns in dlt's schema."""
        columns = self.schema.get_table_columns(name)
        arrow = columns_to_arrow(columns, self.capabilities, get_context_timezone_name())
        return value_or_throw(schema_from_arrow(arrow))
