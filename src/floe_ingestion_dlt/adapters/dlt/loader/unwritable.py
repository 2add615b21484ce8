"""The value that dlt could not write as Parquet: its own error names a file, but no column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal as Number
from pathlib import Path
from typing import Final

from dlt.common.data_types import py_type_to_sc_type

from floe_ingestion_dlt.adapters.dlt.exact_normalizer import DataItemNormalizer, fits
from floe_ingestion_dlt.adapters.dlt.loader.extracted_rows import extracted_rows
from floe_ingestion_dlt.adapters.dlt_api.internals import (
    NormalizeJobFailed,
    Pipeline,
    PipelineStepFailed,
    Schema,
)
from floe_ingestion_dlt.domain.exact_decimals import DLTS_DECIMAL, digits, holds
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.schema import Decimal
from floe_ingestion_dlt.library_errors.causes import causes

# dlt's name for the column of decimals beside one of another type.
_BESIDE: Final = "__v_decimal"
INT64: Final = range(-(2**63), 2**63)


def unwritable_value(error: PipelineStepFailed) -> SourceFailed | None:
    """The first value of the load that its column cannot hold; None if something else failed."""
    failed = next((link for link in causes(error) if isinstance(link, NormalizeJobFailed)), None)
    if failed is None or not isinstance(error.pipeline, Pipeline):
        return None
    # dlt names the file that it read when it wrote its buffer, not the one with the value.
    schema = error.pipeline.default_schema
    rows = extracted_rows(Path(error.pipeline.working_dir), failed.load_id)
    faults = (_fault(schema, table, column, value) for table, column, value in _values(schema, rows))
    return next((fault for fault in faults if fault is not None), None)


def _values(schema: Schema, rows: Iterator[tuple[str, object]]) -> Iterator[tuple[str, str, object]]:
    """Each single value of the rows, with its table and its column."""
    normalizer = DataItemNormalizer(schema)
    for root, item in rows:
        for (table, _), row in normalizer.flat_rows(item, root):
            for column, value in row.items():
                yield table, column, value


def _fault(schema: Schema, table: str, column: str, value: object) -> SourceFailed | None:
    if isinstance(value, int) and value not in INT64:
        return SourceFailed(
            f"the column {column} of {table} has a whole number that does not fit into 64 bits",
            Category.PERMANENT,
            "Have the source send the column as texts, or as decimals.",
        )
    found = _decimal_column(schema, table, column, value)
    if found is None or not isinstance(value, Number | int | float | str) or holds(found[1], value):
        return None
    if not fits("decimal", py_type_to_sc_type(type(value)), value):
        return None  # it has a column of its own
    name, kind = found
    return SourceFailed(
        f"the column {name} of {table} is decimal({kind.precision}, {kind.scale}), but {_what(value)}",
        Category.PERMANENT,
        "Round the numbers in the source, give the column more digits, or have the source send texts and give them a column of another name.",
    )


def _decimal_column(schema: Schema, table: str, column: str, value: object) -> tuple[str, Decimal] | None:
    """The column of decimals in which the value is to be, with its type: that beside its own one if it does not fit there; None if it is in no such column."""
    columns: Mapping[str, Mapping[str, object]] = (
        schema.tables[table]["columns"] if table in schema.tables else {}
    )
    hints = columns.get(column, {})
    kind = hints.get("data_type", "decimal" if isinstance(value, Number) else None)
    if kind != "decimal":
        if not isinstance(value, Number) or fits(str(kind), "decimal", value):
            return None
        column = f"{column}{_BESIDE}"
        hints = columns.get(column, {})
    precision, scale = hints.get("precision"), hints.get("scale")
    if isinstance(precision, int) and isinstance(scale, int):
        return column, Decimal(precision, scale)
    return column, DLTS_DECIMAL


def _what(value: Number | float | str) -> str:
    """What is wrong with a number; its digits stay out of messages."""
    found = digits(value)
    if found is None:
        return "one of its values is no finite number"
    before, after = found
    return f"one of its numbers has {before} digits before the point and {after} after it"
