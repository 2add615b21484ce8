"""Slowly changing dimensions of type 2."""

from __future__ import annotations

from typing import Final

from floe_ingestion_dlt.domain.merge.strategy import ByVersion, MissingVersion

SCD2: Final = ByVersion(
    "scd2",
    load_row="it begins a version if it differs from the active one",
    table_row="its active version ends; see below",
    missing=MissingVersion.END,
)
