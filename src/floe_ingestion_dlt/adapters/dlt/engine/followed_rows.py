"""Columns of rows that get other types, because all rows of their table are replaced and some of the new ones do not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal as Number
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa
from dlt.common.data_types import py_type_to_sc_type

from floe_ingestion_dlt.adapters.arrow.moments import moments_of
from floe_ingestion_dlt.adapters.dlt.engine.column_kinds import Kinds, flat_columns, holds_all
from floe_ingestion_dlt.adapters.dlt.engine.column_types import of_table
from floe_ingestion_dlt.adapters.dlt.engine.expected_types import set_types
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.exact_normalizer import DataItemNormalizer
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import Schema, TColumnSchema
from floe_ingestion_dlt.domain.exact_decimals import holds
from floe_ingestion_dlt.domain.exact_values import Kind
from floe_ingestion_dlt.domain.schema import ColumnType, Decimal, Scalar

_TYPE_HINTS: Final = ("data_type", "precision", "scale", "timezone")


def freed_columns(
    pipeline: LoadPipeline, schema: Schema, load_id: str, kinds: Kinds
) -> Mapping[str, set[str]]:
    """The columns of each table into whose types some values of the package do not fit; dlt's *schema* forgets their types."""
    freed: defaultdict[str, set[str]] = defaultdict(set)
    if not pipeline.plan.follows_source:
        return freed
    doubtful = {table[0]: _doubtful(pipeline, table[0], found) for table, found in kinds.items()}
    if not any(doubtful.values()):
        return freed
    normalizer = DataItemNormalizer(schema)
    for (table, _), columns in flat_columns(schema, Path(pipeline.working_dir), load_id):
        for column, kind in doubtful[table].items():
            values = [value for value in columns.get(column, ()) if value is not None]
            if column not in freed[table] and not _are_held(normalizer, kind, values):
                freed[table].add(column)
    for table, names in freed.items():
        hints = schema.tables[table]["columns"] if table in schema.tables else {}
        for column in names & hints.keys():
            kept = {hint: value for hint, value in hints[column].items() if hint not in _TYPE_HINTS}
            hints[column] = cast("TColumnSchema", kept)
    return freed


def _doubtful(pipeline: LoadPipeline, table: str, found: Mapping[str, set[Kind]]) -> Mapping[str, ColumnType]:
    """The types of those columns of the table that may not hold each value of the kinds that are *found*."""
    doubtful: dict[str, ColumnType] = {}
    for column, kind in _replaceable_types(pipeline, table).items():
        hints = of_table(kind)
        if column in found and hints is not None:
            data_type = hints["data_type"]
            # a text may have the form of a moment and be none, such as that of a 30th of February
            if data_type == "timestamp" or not holds_all(data_type, found[column]):
                doubtful[column] = kind
    return doubtful


def _replaceable_types(pipeline: LoadPipeline, table: str) -> Mapping[str, ColumnType]:
    """The type of each column of the table that may get another one."""
    plan = pipeline.plan
    state = value_or_throw(pipeline.step_port.describe(plan.table.sibling(table)))
    if state is None:
        return {}
    is_root = table == plan.table.name
    kept = set_types(plan.columns, pipeline.columns.of_root) if is_root else {}
    replaceable = state.replaceable - kept.keys()
    return {c.name: c.type for c in state.schema.columns if c.name in replaceable}


def _are_held(normalizer: DataItemNormalizer, kind: ColumnType, values: Sequence[Any]) -> bool:
    if kind in {Scalar.TIMESTAMP, Scalar.TIMESTAMPTZ}:
        try:
            moments_of(values, lambda text: normalizer.coerce_type("timestamp", "text", text))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            return all(_is_held(normalizer, kind, value) for value in values)
        return True
    return all(_is_held(normalizer, kind, value) for value in values)


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
