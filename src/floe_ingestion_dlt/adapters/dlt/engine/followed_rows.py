"""Columns of rows that get other types, because all rows of their table are replaced and some of the new ones do not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal as Number
from typing import Any, Final, cast

from dlt.common.data_types import py_type_to_sc_type

from floe_ingestion_dlt.adapters.dlt.engine.column_types import of_table
from floe_ingestion_dlt.adapters.dlt.engine.expected_types import set_types
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.exact_normalizer import DataItemNormalizer, Table
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import Schema, TColumnSchema
from floe_ingestion_dlt.domain.exact_decimals import holds
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal

Row = Mapping[str, Any]
_TYPE_HINTS: Final = ("data_type", "precision", "scale", "timezone")


def freed_columns(
    pipeline: LoadPipeline, schema: Schema, rows: Iterable[tuple[Table, Row]]
) -> Mapping[str, set[str]]:
    """The columns of each table into whose types some values of the *rows* do not fit; dlt's *schema* forgets their types."""
    plan, normalizer = pipeline.plan, DataItemNormalizer(schema)
    freed: defaultdict[str, set[str]] = defaultdict(set)
    if not plan.follows_source:
        return freed
    known: dict[str, Mapping[str, ColumnType]] = {}
    for (table, _), row in rows:
        if table not in known:
            known[table] = _replaceable_types(pipeline, table)
        for column, kind in known[table].items():
            value = row.get(column)
            if value is not None and column not in freed[table] and not _is_held(normalizer, kind, value):
                freed[table].add(column)
    for table, columns in freed.items():
        hints = schema.tables[table]["columns"] if table in schema.tables else {}
        for column in columns & hints.keys():
            kept = {hint: value for hint, value in hints[column].items() if hint not in _TYPE_HINTS}
            hints[column] = cast("TColumnSchema", kept)
    return freed


def _replaceable_types(pipeline: LoadPipeline, table: str) -> Mapping[str, ColumnType]:
    """The type of each column of the table that may get another one."""
    plan = pipeline.plan
    state = value_or_throw(pipeline.port.describe(plan.table.sibling(table)))
    if state is None:
        return {}
    is_root = table == plan.table.name
    kept = set_types(plan.columns, pipeline.columns.of_root) if is_root else {}
    replaceable = state.replaceable - kept.keys()
    return {c.name: c.type for c in state.schema.columns if c.name in replaceable}


def _is_held(normalizer: DataItemNormalizer, kind: ColumnType, value: object) -> bool:
    """Whether the value is exact in a column of the type; True for types to which dlt converts no values."""
    in_dlt = of_table(kind)
    if in_dlt is None:
        return True
    try:
        normalizer.coerce_type(str(in_dlt["data_type"]), py_type_to_sc_type(type(value)), value)
    except (ValueError, SyntaxError):  # dlt makes a column of its own for such a value
        return False
    if isinstance(kind, Decimal) and isinstance(value, Number | int | float | str):
        return holds(kind, value)
    return True
