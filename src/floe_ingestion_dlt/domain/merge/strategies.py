"""All merge strategies; most of their names are dlt's."""

from __future__ import annotations

from typing import Final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid
from floe_ingestion_dlt.domain.merge.delete_insert import DELETE_INSERT
from floe_ingestion_dlt.domain.merge.insert_only import INSERT_ONLY
from floe_ingestion_dlt.domain.merge.scd2 import SCD2
from floe_ingestion_dlt.domain.merge.strategy import MergeStrategy
from floe_ingestion_dlt.domain.merge.upsert import UPSERT

STRATEGIES: Final[tuple[MergeStrategy, ...]] = (DELETE_INSERT, UPSERT, INSERT_ONLY, SCD2)
DEFAULT_STRATEGY: Final = DELETE_INSERT


def parse_strategy(text: str) -> Result[MergeStrategy, Invalid]:
    """The strategy of this name."""
    known = {strategy.name: strategy for strategy in STRATEGIES}
    if text in known:
        return Success(known[text])
    return Failure(Invalid("merge_strategy", text, f"one of {', '.join(known)}"))
