"""Reading tables back with dlt's dataset interface: duckdb over the port's Arrow streams."""

from __future__ import annotations

import pyarrow as pa

from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DatabaseUndefinedRelation,
    DestinationUndefinedEntity,
    JobClientBase,
    PreparedTableSchema,
    Schema,
    WithTableScanners,
)


class PortSqlClient(WithTableScanners):
    """Views over the tables at the time of the query."""

    def __init__(self, client: JobClientBase, dataset: Dataset) -> None:
        super().__init__(remote_client=client, dataset_name=dataset.name)
        self._dataset = dataset

    def can_create_view(self, table_schema: PreparedTableSchema) -> bool:  # noqa: ARG002 - dlt's signature
        return True

    def should_replace_view(self, view_name: str, table_schema: PreparedTableSchema) -> bool:  # noqa: ARG002 - dlt's signature
        return True

    def create_view_select(
        self,
        table_schema: PreparedTableSchema,
        schema: Schema | None = None,  # noqa: ARG002 - dlt's signature
    ) -> tuple[str, str] | None:
        """The table's columns, and nulls for columns of dlt's schema that a contract discarded."""
        name = str(table_schema["name"])
        stream = value_or_throw(self._dataset.port.scan(self._dataset.table(name)))
        if stream is None:
            raise DestinationUndefinedEntity(name)
        relation = f"floe_{self.dataset_name}_{name}"
        self._conn.register(relation, stream)
        has = pa.RecordBatchReader.from_stream(stream).schema.names
        missing = [column for column in table_schema["columns"] if column not in has]
        nulls = "".join(f", NULL AS {self.escape_column_name(column)}" for column in missing)
        select = f"SELECT *{nulls} FROM {self.escape_column_name(relation)}"  # noqa: S608  # nosec B608 - escaped
        return str(self._dataset.table(name)), select

    @classmethod
    def _make_database_exception(cls, ex: Exception) -> Exception:
        if isinstance(ex, DestinationUndefinedEntity):
            return DatabaseUndefinedRelation(ex)
        return super()._make_database_exception(ex)
