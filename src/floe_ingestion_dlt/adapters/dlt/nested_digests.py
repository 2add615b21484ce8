"""Row ids with a digest of what is nested in the row.

dlt puts nested rows into tables of their own, and the root rows that are left may be equal. The digest in dlt's otherwise
random id shows whether they are the same row.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.merge_hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt_api.internals import dlt_json

Ids: TypeAlias = "pa.ChunkedArray[pa.StringScalar]"

# The part before the digest; an id that dlt made is only that.
RANDOM_PART: Final = r"^[^.]*\.?"


def with_nested_digests(resource: DltResource) -> DltResource:
    """*resource*, in which each row with something nested has an id."""
    resource.add_map(_with_id)
    return resource


def nested_digests(ids: Ids) -> Ids:
    """The digests in row ids, empty where nothing is nested."""
    found: Ids = pc.replace_substring_regex(ids, RANDOM_PART, "")
    return found


def _with_id(row: object) -> object:
    if not isinstance(row, dict) or ROW_ID in row:
        return row
    nested = {key: value for key, value in row.items() if _has_list(value)}
    if not nested:
        return row
    digest = hashlib.sha256(dlt_json.dumpb(nested, sort_keys=True)).hexdigest()[:16]
    return {**row, ROW_ID: f"{secrets.token_urlsafe(10)}.{digest}"}


def _has_list(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_list, value.values()))
    return isinstance(value, list | tuple)
