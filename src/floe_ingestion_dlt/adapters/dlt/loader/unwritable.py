"""The value that dlt could not write as Parquet: its own error names a file, but no column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from floe_ingestion_dlt.adapters.dlt.loader.extracted_rows import extracted_rows
from floe_ingestion_dlt.adapters.dlt_api.internals import NormalizeJobFailed, PipelineStepFailed
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.library_errors.causes import causes

INT64: Final = range(-(2**63), 2**63)
# The scale that dlt gives a decimal without a hint.
PLACES: Final = 9
DIGITS: Final = 38


def unwritable_value(error: PipelineStepFailed) -> SourceFailed | None:
    """The first value of the load that no column can hold; None if something else failed."""
    failed = next((link for link in causes(error) if isinstance(link, NormalizeJobFailed)), None)
    if failed is None:
        return None
    # dlt names the file that it read when it wrote its buffer, not the one with the value.
    values = (
        (table, column, value)
        for table, row in extracted_rows(Path(error.pipeline.working_dir), failed.load_id)
        for column, value in _values(row, "")
    )
    faults = (_fault(table, column, value) for table, column, value in values)
    return next((fault for fault in faults if fault is not None), None)


def _values(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Each single value of a row, with its path."""
    if isinstance(value, Mapping):
        for name, held in value.items():
            yield from _values(held, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for held in value:
            yield from _values(held, path)
    else:
        yield path, value


def _fault(table: str, column: str, value: object) -> SourceFailed | None:
    if isinstance(value, int) and value not in INT64:
        return SourceFailed(
            f"the column {column} of {table} has a whole number that does not fit into 64 bits",
            Category.PERMANENT,
            "Have the source send the column as texts, or as decimals.",
        )
    if isinstance(value, Decimal) and (places := _places(value)) > PLACES:
        return SourceFailed(
            f"the column {column} of {table} has a decimal with {places} places after the point, and {PLACES} are kept",
            Category.PERMANENT,
            "Round the column in the source, or have it sent as texts.",
        )
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() >= DIGITS - PLACES:
        return SourceFailed(
            f"the column {column} of {table} has a decimal of more than {DIGITS - PLACES} digits before the point",
            Category.PERMANENT,
            "Have the source send the column as texts.",
        )
    return None


def _places(value: Decimal) -> int:
    """The digits after the point, without zeros at the end."""
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
