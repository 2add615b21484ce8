"""The types of new columns, from all rows of a load: dlt would infer them from the first row that has a value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from floe_ingestion_dlt.adapters.dlt.colliding_keys import same_table_at_two_levels
from floe_ingestion_dlt.adapters.dlt.engine.column_types import of_table
from floe_ingestion_dlt.adapters.dlt.engine.expected_types import set_types
from floe_ingestion_dlt.adapters.dlt.engine.followed_rows import freed_columns
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.exact_normalizer import DataItemNormalizer, Table
from floe_ingestion_dlt.adapters.dlt.loader.extracted_rows import extracted_rows
from floe_ingestion_dlt.adapters.dlt.naming import schema_name
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw, value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    Schema,
    TColumnSchema,
    TTableSchema,
    normalize_by,
)
from floe_ingestion_dlt.adapters.dlt_api.packages import save_extracted_schema
from floe_ingestion_dlt.domain.exact_values import Kind, NewType, kind_of, type_of_new_column
from floe_ingestion_dlt.domain.schema import NO_COLUMNS, TableSchema

Kinds: TypeAlias = Mapping[Table, Mapping[str, set[Kind]]]

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
_DLTS_OWN: Final = "_dlt_"


def decide_types(pipeline: LoadPipeline) -> None:
    """Set the types of columns that are new in the extracted packages, so that they do not depend on the order of the rows."""
    name = schema_name(pipeline.plan)
    if name not in pipeline.schemas:
        return
    schema = pipeline.schemas[name]
    normalize_by(schema, DataItemNormalizer)
    if _DETECTED in (schema.settings.get("detections") or ()):
        schema.remove_type_detection(_DETECTED)
    for load_id in pipeline.list_extracted_load_packages():
        freed = freed_columns(pipeline, schema, _flat_rows(pipeline, schema, load_id))
        for table, columns in _kinds(pipeline, schema, load_id).items():
            there = value_or_throw(pipeline.port.describe(pipeline.plan.table.sibling(table[0])))
            known = there.schema.without(freed.get(table[0], ())) if there else NO_COLUMNS
            _declare(schema, table, columns, _with_set_types(pipeline, table[0], known))
        if schema.is_modified:
            save_extracted_schema(pipeline, load_id, schema)


def _with_set_types(pipeline: LoadPipeline, table: str, known: TableSchema) -> TableSchema:
    """The columns of the table, and those whose types the plan sets."""
    plan = pipeline.plan
    if table != plan.table.name:
        return known
    return TableSchema.of(set_types(plan.columns, pipeline.columns.of_root) | known.types())


def _kinds(pipeline: LoadPipeline, schema: Schema, load_id: str) -> Kinds:
    """The kinds of the values of each column without a type."""
    found: defaultdict[Table, defaultdict[str, set[Kind]]] = defaultdict(lambda: defaultdict(set))
    for table, row in _flat_rows(pipeline, schema, load_id):
        known = schema.tables[table[0]]["columns"] if table[0] in schema.tables else {}
        for column, value in row.items():
            if value is None or column.startswith(_DLTS_OWN) or "data_type" in known.get(column, {}):
                continue
            kinds = found[table][column]
            # one text that is no moment makes the column a text, so later ones need no look
            if not (isinstance(value, str) and Kind.TEXT in kinds):
                kinds.add(kind_of(value))
    return found


def _flat_rows(
    pipeline: LoadPipeline, schema: Schema, load_id: str
) -> Iterator[tuple[Table, Mapping[str, Any]]]:
    """The rows as dlt flattens them, each with its table; a table is nested in one other table only."""
    normalizer = DataItemNormalizer(schema)
    nested_in: dict[str, str | None] = {name: table.get("parent") for name, table in schema.tables.items()}
    for root, item in extracted_rows(Path(pipeline.working_dir), load_id):
        for (table, parent), row in normalizer.flat_rows(item, root):
            if (other := nested_in.setdefault(table, parent)) != parent:
                throw(same_table_at_two_levels(table, (str(other), str(parent))))
            yield (table, parent), row


def _declare(schema: Schema, table: Table, columns: Mapping[str, set[Kind]], there: TableSchema) -> None:
    """Put the types into dlt's schema: those of the table that is there, otherwise those that fit all values."""
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
