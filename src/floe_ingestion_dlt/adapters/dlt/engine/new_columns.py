"""The types of new columns, from all rows of a load: dlt would infer them from the first row that has a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.adapters.dlt.engine.column_files import ExtractedRows
from floe_ingestion_dlt.adapters.dlt.engine.column_kinds import ColumnKinds, holds_all
from floe_ingestion_dlt.adapters.dlt.engine.column_types import of_table
from floe_ingestion_dlt.adapters.dlt.engine.expected_types import set_types
from floe_ingestion_dlt.adapters.dlt.engine.followed_rows import freed_columns
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.exact_normalizer import DataItemNormalizer, Table
from floe_ingestion_dlt.adapters.dlt.naming import schema_name
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    Schema,
    TColumnSchema,
    TTableSchema,
    normalize_by,
)
from floe_ingestion_dlt.adapters.dlt_api.packages import save_extracted_schema
from floe_ingestion_dlt.adapters.dlt_api.row_steps import capabilities_of, learn_columns
from floe_ingestion_dlt.domain.exact_values import Kind, NewType, type_of_new_column
from floe_ingestion_dlt.domain.memory import Memory
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones

_TYPES: Final[Mapping[NewType, TColumnSchema]] = {
    NewType.DOUBLE: {"data_type": "double"},
    NewType.LONG: {"data_type": "bigint"},
    NewType.BOOLEAN: {"data_type": "bool"},
    NewType.JSON: {"data_type": "json"},
    NewType.TEXT: {"data_type": "text"},
    NewType.TIMESTAMP: {"data_type": "timestamp"},
}
# dlt's name for finding moments in single texts.
_DETECTED: Final = "iso_timestamp"


def decide_types(pipeline: LoadPipeline, milestones: Milestones, memory: Memory) -> None:
    """Set the types of columns that are new in the extracted packages, so that they do not depend on the order of the rows.

    Rows that have a common shape are then written by column.
    """
    name = schema_name(pipeline.plan)
    if name not in pipeline.schemas:
        return
    schema = pipeline.schemas[name]
    normalize_by(schema, DataItemNormalizer)
    if _DETECTED in (schema.settings.get("detections") or ()):
        schema.remove_type_detection(_DETECTED)
    for load_id in pipeline.list_extracted_load_packages():
        capabilities = capabilities_of(pipeline)
        rows = ExtractedRows(Path(pipeline.working_dir), load_id, schema, capabilities, memory.table)
        rows.finish()
        found = ColumnKinds.of_package(schema, rows.working_dir, load_id)
        freed = freed_columns(pipeline, schema, load_id, found.kinds)
        for table, kinds in found.kinds.items():
            if not (columns := _new_columns(schema, table[0], kinds)):
                continue
            there = value_or_throw(pipeline.step_port.describe(pipeline.plan.table.sibling(table[0])))
            known = there.schema.without(freed.get(table[0], ())) if there else NO_COLUMNS
            _declare(schema, table, columns, _with_set_types(pipeline, table[0], known))
        by_rows = found.by_rows | rows.mixed()
        by_column = [root for root in found.first_rows if root not in by_rows]
        for root in by_column:
            # The step that writes the rows names the column of a number that no decimal holds.
            with suppress(OverflowError):
                learn_columns(schema, rows.capabilities, load_id, root, found.first_rows[root])
        if schema.is_modified:
            save_extracted_schema(pipeline, load_id, schema)
        _write_by_column(rows, found, by_column, milestones)


def _with_set_types(pipeline: LoadPipeline, table: str, known: TableSchema) -> TableSchema:
    """The columns of the table, and those whose types the plan sets."""
    plan = pipeline.plan
    if table != plan.table.name:
        return known
    return TableSchema.of(set_types(plan.columns, pipeline.columns.of_root) | known.types())


def _write_by_column(
    rows: ExtractedRows, found: ColumnKinds, roots: Iterable[str], milestones: Milestones
) -> None:
    """Write the rows of those *roots* by column whose columns hold all values as they are."""
    for root in roots:
        if _are_held(rows.schema, found, root) and rows.write_by_column(root):
            milestones(Milestone.WRITTEN_BY_COLUMN, root)
    rows.finish()


def _are_held(schema: Schema, found: ColumnKinds, root: str) -> bool:
    """Whether the columns of the root table, and of those that are nested in it, hold all values without a conversion that may fail."""
    for table in found.roots[root]:
        columns = schema.tables[table[0]]["columns"] if table[0] in schema.tables else {}
        for name, kinds in found.kinds[table].items():
            if not holds_all(columns.get(name, {}).get("data_type"), kinds):
                return False
    return True


def _new_columns(schema: Schema, table: str, kinds: Mapping[str, set[Kind]]) -> Mapping[str, set[Kind]]:
    """The columns that have no type in dlt's schema."""
    known = schema.tables[table]["columns"] if table in schema.tables else {}
    return {column: found for column, found in kinds.items() if "data_type" not in known.get(column, {})}


def _declare(schema: Schema, table: Table, columns: Mapping[str, set[Kind]], there: TableSchema) -> None:
    """Put the types of new columns into dlt's schema: those of the table that is there, otherwise those that fit all values."""
    types = {column.name: column.type for column in there.columns}
    name, parent = table
    known = schema.tables[name]["columns"] if name in schema.tables else {}
    if any(column in types or not _is_found(kinds) for column, kinds in columns.items()):
        # the types that dlt would find are declared as well, so that columns stay in the order of the source
        declared: dict[str, TColumnSchema] = {
            column: {**known.get(column, {"nullable": True}), **kind, "name": column}
            for column, kinds in columns.items()
            if (kind := of_table(types[column]) if column in types else _of_values(kinds)) is not None
        }
        partial: TTableSchema = {"name": name, "columns": declared}
        if parent:
            partial["parent"] = parent
        schema.update_table(partial, normalize_identifiers=False)


def _is_found(kinds: set[Kind]) -> bool:
    """Whether dlt would find the type of the values in each of them."""
    return len(kinds) == 1 and Kind.MOMENT not in kinds


def _of_values(kinds: set[Kind]) -> TColumnSchema | None:
    kind = type_of_new_column(kinds)
    return None if kind is None else _TYPES[kind]
