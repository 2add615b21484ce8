"""The types of a table's columns in dlt's terms."""

from __future__ import annotations

from typing import cast

from floe_ingestion_dlt.adapters.dlt_api.internals import TColumnSchema
from floe_ingestion_dlt.domain.schema import DLT_WORDS, ColumnType, Decimal, Scalar


def of_table(kind: ColumnType) -> TColumnSchema | None:
    """Dlt's terms for the type of a table's column; None for types that dlt does not convert values to."""
    match kind:
        case Scalar.UUID:
            return None
        case Scalar.TIMESTAMP:
            return {"data_type": "timestamp", "timezone": False}
        case Scalar():
            return cast("TColumnSchema", {"data_type": DLT_WORDS[kind]})
        case Decimal(precision, scale):
            return {"data_type": "decimal", "precision": precision, "scale": scale}
        case _:
            return None
