"""Merges: the strategies, and what they do with each row."""

from __future__ import annotations

from floe_ingestion_dlt.domain.merge.changed_files import ReplaceFiles, not_of_text, reloaded, without_file
from floe_ingestion_dlt.domain.merge.delete_insert import DELETE_INSERT
from floe_ingestion_dlt.domain.merge.insert_only import INSERT_ONLY
from floe_ingestion_dlt.domain.merge.keys import Key, Row, key_of, winners
from floe_ingestion_dlt.domain.merge.missing import (
    DeleteMissing,
    KeyCounts,
    MaxDeletes,
    MissingRows,
    are_deleted,
    outdated,
)
from floe_ingestion_dlt.domain.merge.nested import MergeNested, RootRows, merged_nested
from floe_ingestion_dlt.domain.merge.refusals import (
    beside,
    repeated_keys,
    unclear_flags,
    unusable_flag,
    unusable_soft_delete,
    variants,
    without_key,
)
from floe_ingestion_dlt.domain.merge.rows import Merged, MergeRows, SourceKeys, merged
from floe_ingestion_dlt.domain.merge.scd2 import SCD2
from floe_ingestion_dlt.domain.merge.sorting import DedupSort, Order
from floe_ingestion_dlt.domain.merge.strategies import DEFAULT_STRATEGY, STRATEGIES, parse_strategy
from floe_ingestion_dlt.domain.merge.strategy import ByKey, ByVersion, MergeStrategy
from floe_ingestion_dlt.domain.merge.upsert import UPSERT
from floe_ingestion_dlt.domain.merge.versions import MergeVersions, versioned
from floe_ingestion_dlt.domain.merge.windows import (
    ReplaceWindow,
    of_another_type,
    replaced,
    without_values,
)

__all__ = [
    "DEFAULT_STRATEGY",
    "DELETE_INSERT",
    "INSERT_ONLY",
    "SCD2",
    "STRATEGIES",
    "UPSERT",
    "ByKey",
    "ByVersion",
    "DedupSort",
    "DeleteMissing",
    "Key",
    "KeyCounts",
    "MaxDeletes",
    "MergeNested",
    "MergeRows",
    "MergeStrategy",
    "MergeVersions",
    "Merged",
    "MissingRows",
    "Order",
    "ReplaceFiles",
    "ReplaceWindow",
    "RootRows",
    "Row",
    "SourceKeys",
    "are_deleted",
    "beside",
    "key_of",
    "merged",
    "merged_nested",
    "not_of_text",
    "of_another_type",
    "outdated",
    "parse_strategy",
    "reloaded",
    "repeated_keys",
    "replaced",
    "unclear_flags",
    "unusable_flag",
    "unusable_soft_delete",
    "variants",
    "versioned",
    "winners",
    "without_file",
    "without_key",
    "without_values",
]
