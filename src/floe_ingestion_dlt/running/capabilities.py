"""What can be configured in this version."""

from __future__ import annotations

from collections.abc import Mapping

from floe_ingestion_dlt.adapters.sources.registry import source_types
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.merge import STRATEGIES
from floe_ingestion_dlt.domain.write_modes import WRITE_MODES


def capabilities() -> Mapping[str, tuple[str, ...]]:
    """The values that the configuration accepts."""
    return {
        "source_types": source_types(),
        "write_modes": WRITE_MODES,
        "merge_strategies": tuple(strategy.name for strategy in STRATEGIES),
        "schema_contracts": tuple(contract.value for contract in SchemaContract),
    }
