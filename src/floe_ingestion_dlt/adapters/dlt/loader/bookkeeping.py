"""dlt's own tables: versions of schemas, finished loads, states of pipelines.

They are for users of dlt; exactly-once loading does not depend on them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias, final

import pyarrow as pa
import pyarrow.parquet as pq

from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    DestinationUndefinedEntity,
    Schema,
    StateInfo,
    StorageSchemaInfo,
)
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Absent, Load, StagedFile, TableWrite
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Append, Replace
from floe_ingestion_dlt.ports.destination import Destination, FileToStage

MOST_FILES: Final = 50

# Its values are of all types, and compared with each other.
Row: TypeAlias = Mapping[str, Any]


@final
class Bookkeeping:
    """The rows of dlt's tables in one namespace, for one schema."""

    def __init__(
        self, port: Destination, namespace: tuple[str, ...], schema: Schema, pause: Callable[[int], None]
    ) -> None:
        self._port = port
        self._pause = pause
        self._namespace = namespace
        self._schema = schema

    def keep_schema(self) -> None:
        """Add the schema's version, unless it is there."""
        schema = self._schema
        known = {"version_hash": schema.stored_version_hash, "schema_name": schema.name}
        if self._latest_schema(known) is not None:
            return
        row = known | {
            "version": schema.version,
            "engine_version": schema.ENGINE_VERSION,
            "inserted_at": datetime.now(UTC),
            "schema": json.dumps(schema.to_dict(), default=str),
        }
        load_id = f"schema-{uuid.uuid4()}"
        files = self._staged(load_id, schema.version_table_name, [row])
        self.append_once(load_id, schema.version_table_name, files)

    def keep_load(self, load_id: str) -> None:
        """Record that the load is finished."""
        row = {
            "load_id": load_id,
            "schema_name": self._schema.name,
            "status": 0,
            "inserted_at": datetime.now(UTC),
            "schema_version_hash": self._schema.version_hash,
        }
        self._append_once(load_id, self._schema.loads_table_name, row)

    def append_once(self, load_id: str, table: str, files: tuple[StagedFile, ...]) -> None:
        """Commit files that dlt made for one of its tables."""
        self._keep_small(self._name(table))
        self._commit(Load(load_id, (TableWrite(self._name(table), Append(), files),)))

    def _keep_small(self, table: TableName) -> None:
        """Compact a table that would get many files, so that readers open fewer; if that fails, reading is only slower."""
        described = self._port.describe(table).value_or(None)
        if described is not None and described.files + 1 >= MOST_FILES:
            self._port.compact(table)

    def forget_schema(self) -> None:
        """Remove all versions of this schema."""
        table = self._schema.version_table_name
        rows = self._rows(table, {})
        if not rows:
            return
        name = self._column("schema_name")
        kept = [row for row in rows if row[name] != self._schema.name]
        load_id = f"forget-{uuid.uuid4()}"
        files = self._staged(load_id, table, kept) if kept else ()
        self._commit(Load(load_id, (TableWrite(self._name(table), Replace(), files),)))

    def schema_by_hash(self, version_hash: str) -> StorageSchemaInfo | None:
        return self._latest_schema({"version_hash": version_hash})

    def latest_schema(self, name: str | None) -> StorageSchemaInfo | None:
        return self._latest_schema({"schema_name": name} if name else {})

    def state(self, pipeline: str) -> StateInfo | None:
        """The newest state of a finished load; raises DestinationUndefinedEntity if there is no table of states."""
        states = self._rows(self._schema.state_table_name, {"pipeline_name": pipeline})
        loads = self._rows(self._schema.loads_table_name, {"status": 0})
        if states is None or loads is None:
            raise DestinationUndefinedEntity(self._schema.state_table_name)
        finished = {row[self._column("load_id")] for row in loads}
        load_id = self._column("_dlt_load_id")
        valid = sorted((row for row in states if row[load_id] in finished), key=lambda row: str(row[load_id]))
        return StateInfo.from_normalized_mapping(dict(valid[-1]), self._schema.naming) if valid else None

    def _latest_schema(self, equal: Mapping[str, str | int]) -> StorageSchemaInfo | None:
        rows = self._rows(self._schema.version_table_name, equal)
        if not rows:
            return None
        newest = max(rows, key=lambda row: row[self._column("inserted_at")])
        return StorageSchemaInfo.from_normalized_mapping(dict(newest), self._schema.naming)

    def _rows(self, table: str, equal: Mapping[str, str | int]) -> tuple[Row, ...] | None:
        filters = {self._column(name): value for name, value in equal.items()}
        rows: tuple[Row, ...] | None = value_or_throw(self._port.rows(self._name(table), filters))
        return rows

    def _append_once(self, load_id: str, table: str, row: Row) -> None:
        load = Load(load_id, (TableWrite(self._name(table), Append(), ()),))
        if isinstance(value_or_throw(self._port.look(load)), Absent):
            self.append_once(load_id, table, self._staged(load_id, table, [row]))

    def _staged(self, load_id: str, table: str, rows: Sequence[Row]) -> tuple[StagedFile, ...]:
        name = self._name(table)
        described = value_or_throw(self._port.describe(name))
        if described is None:
            raise DestinationUndefinedEntity(str(name))
        values = [{self._column(key): value for key, value in row.items()} for row in rows]
        columns = [c for c in described.schema.columns if c.name in values[0]]
        target = pa.schema([(column.name, to_arrow(column.type)) for column in columns])
        with scratch_folder("books") as folder:
            path = folder / "rows.parquet"
            pq.write_table(pa.Table.from_pylist(values, schema=target), path)
            file = FileToStage(path, name, load_id, may_discard=False)
            staged: tuple[StagedFile, ...] = value_or_throw(self._port.stage(file))
            return staged

    def _commit(self, load: Load) -> None:
        value_or_throw(commit_once(load, self._port, pause=self._pause))

    def _name(self, table: str) -> TableName:
        return TableName(self._namespace, table)

    def _column(self, name: str) -> str:
        return str(self._schema.naming.normalize_identifier(name))
