"""dlt's job client over a `Destination` port: dlt's load packages become loads."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, cast

from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.dlt.loader.bookkeeping import Bookkeeping
from floe_ingestion_dlt.adapters.dlt.loader.commit_pauses import pauses
from floe_ingestion_dlt.adapters.dlt.loader.configuration import PortConfiguration
from floe_ingestion_dlt.adapters.dlt.loader.dataset import Dataset
from floe_ingestion_dlt.adapters.dlt.loader.jobs import StageJob
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.loader.loading import complete
from floe_ingestion_dlt.adapters.dlt.loader.schemas import SchemaUpdate
from floe_ingestion_dlt.adapters.dlt.loader.sql_client import PortSqlClient
from floe_ingestion_dlt.adapters.dlt.loader.table_modes import table_mode
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt.restored_state import state_info
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DestinationCapabilitiesContext,
    FollowupJobRequest,
    JobClientBase,
    LoadJob,
    ParsedLoadJobFileName,
    PreparedTableSchema,
    Schema,
    SqlClient,
    StateInfo,
    StorageSchemaInfo,
    TColumnSchema,
    TSchemaTables,
    TTableSchemaColumns,
    WithSqlClient,
    WithStateSync,
    get_column_type_from_py_arrow,
)
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.write_modes import Replace


class PortClient(JobClientBase, WithStateSync, WithSqlClient):
    """dlt's interface of a destination, in terms of the port."""

    def __init__(
        self,
        schema: Schema,
        config: PortConfiguration,
        capabilities: DestinationCapabilitiesContext,
    ) -> None:
        super().__init__(schema, config, capabilities)
        self.dataset = Dataset(config.normalize_dataset_name(schema), schema, capabilities, config.binding)
        self._port = self.dataset.port
        self._bookkeeping = Bookkeeping(
            self._port, self.dataset.namespace, schema, pauses(self.dataset.binding.clock)
        )
        self._replaced: frozenset[str] = frozenset()
        self._sql_client: SqlClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        return None

    # -- storage

    def is_storage_initialized(self) -> bool:
        has: bool = value_or_throw(self._port.has_namespace(self.dataset.namespace))
        return has

    def initialize_storage(self, truncate_tables: Iterable[str] | None = None) -> None:
        value_or_throw(self._port.create_namespace(self.dataset.namespace))
        # A table that this load replaces is emptied by the snapshot with its new rows.
        for name in set(truncate_tables or ()) - self._replaced:
            self._truncate(name)

    def _truncate(self, name: str) -> None:
        table = self.dataset.table(name)
        if value_or_throw(self._port.describe(table)) is not None:
            load = Load(f"truncate-{uuid.uuid4()}", (TableWrite(table, Replace(), ()),))
            value_or_throw(commit_once(load, self._port))

    def drop_storage(self) -> None:
        value_or_throw(self._port.drop_namespace(self.dataset.namespace))

    def drop_tables(self, *tables: str, delete_schema: bool = True) -> None:
        for name in tables:
            value_or_throw(self._port.drop_table(self.dataset.table(name)))
        if delete_schema:
            self._bookkeeping.forget_schema()

    # -- schema

    def verify_schema(
        self,
        only_tables: Iterable[str] | None = None,
        new_jobs: Iterable[ParsedLoadJobFileName] | None = None,
    ) -> list[PreparedTableSchema]:
        tables: list[PreparedTableSchema] = super().verify_schema(only_tables or (), new_jobs or ())
        for job in new_jobs or ():
            table_mode(self.dataset, job.table_name, datetime.now(UTC))
        # Nested tables without rows in this load are replaced together with their root.
        self._replaced = frozenset(name for name in self.schema.tables if self.dataset.replaces(name))
        return tables

    def update_stored_schema(
        self,
        only_tables: Iterable[str] | None = None,
        expected_update: TSchemaTables | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - dlt's signature
    ) -> TSchemaTables | None:
        super().update_stored_schema(only_tables or (), expected_update or {}, force)
        applied = SchemaUpdate(self.dataset, LoadPackage.current()).apply(only_tables or self.schema.tables)
        self._bookkeeping.keep_schema()
        return applied

    def get_storage_table(self, table_name: str) -> tuple[bool, TTableSchemaColumns]:
        """Whether the table is in the catalog, and its columns in dlt's terms."""
        described = value_or_throw(self._port.describe(self.dataset.table(table_name)))
        if described is None:
            return False, {}
        return True, {
            column.name: cast(
                "TColumnSchema",
                {"name": column.name, **get_column_type_from_py_arrow(to_arrow(column.type))},
            )
            for column in described.schema.columns
        }

    def get_storage_tables(self, table_names: Iterable[str]) -> Iterator[tuple[str, TTableSchemaColumns]]:
        """The columns of each table, none for a table that is not in the catalog."""
        for name in table_names:
            yield name, self.get_storage_table(name)[1]

    def get_stored_schema(self, schema_name: str | None = None) -> StorageSchemaInfo | None:
        return self._bookkeeping.latest_schema(schema_name)

    def get_stored_schema_by_hash(  # type: ignore[override]  # dlt's docstring allows None
        self, version_hash: str
    ) -> StorageSchemaInfo | None:
        return self._bookkeeping.schema_by_hash(version_hash)

    def get_stored_state(self, pipeline_name: str) -> StateInfo | None:
        root = self.dataset.binding.root_table
        if root is None:
            return self._bookkeeping.state(pipeline_name)
        return state_info(value_or_throw(self._port.read_state(root)), root)

    # -- loading

    def create_load_job(
        self,
        table: PreparedTableSchema,  # noqa: ARG002 - dlt's signature
        file_path: str,
        load_id: str,  # noqa: ARG002 - dlt's signature
        restore: bool = False,  # noqa: ARG002, FBT001, FBT002 - dlt's signature
    ) -> LoadJob:
        return StageJob(file_path, self.dataset)

    def complete_load(self, load_id: str) -> None:  # noqa: ARG002 - dlt's signature
        complete(self.dataset, self._bookkeeping, LoadPackage.in_load())

    def should_truncate_table_before_load(self, table_name: str) -> bool:  # noqa: ARG002 - dlt's signature
        """Never: a table is emptied by the snapshot that replaces its rows."""
        return False

    def create_table_chain_completed_followup_jobs(
        self,
        table_chain: Sequence[PreparedTableSchema],  # noqa: ARG002 - dlt's signature
        completed_table_chain_jobs: object = None,  # noqa: ARG002 - dlt's signature
    ) -> list[FollowupJobRequest]:
        """None: the load is committed when all of its files are staged."""
        return []

    # -- reading

    @property
    def sql_client_class(self) -> type[SqlClient]:
        return PortSqlClient

    @property
    def sql_client(self) -> SqlClient:
        if self._sql_client is None:
            self._sql_client = PortSqlClient(self, self.dataset)
        return self._sql_client

    @sql_client.setter
    def sql_client(self, client: SqlClient) -> None:
        self._sql_client = client
