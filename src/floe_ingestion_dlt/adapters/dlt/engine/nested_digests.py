"""A row's id tells what is nested in it, so that rows which differ in nothing else can be told apart in the table.

What is nested goes to tables of its own, and the row that is left may equal another one. dlt's ids are random, so there is
room in them for a digest.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource, DltSource

from floe_ingestion_dlt.adapters.dlt.engine.resources import resources_of
from floe_ingestion_dlt.adapters.dlt.merge_hints import ROW_ID
from floe_ingestion_dlt.adapters.dlt_api.internals import dlt_json

ItemT = TypeVar("ItemT")

# What comes before the digest; an id that dlt made is nothing else.
RANDOM_PART: Final = r"^[^.]*\.?"


def with_nested_digests(data: DltSource | DltResource) -> DltSource | DltResource:
    """The same rows, with an id where something is nested in one."""
    for resource in resources_of(data):
        resource.add_map(_with_id)
    return data


def nested_digests(ids: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """The digests in row ids, empty where nothing is nested."""
    found: pa.ChunkedArray[Any] = pc.replace_substring_regex(ids, RANDOM_PART, "")
    return found


def _with_id(row: ItemT) -> ItemT:
    if not isinstance(row, dict) or ROW_ID in row:
        return row
    nested = {key: value for key, value in row.items() if _has_list(value)}
    if not nested:
        return row
    digest = hashlib.sha256(dlt_json.dumpb(nested, sort_keys=True)).hexdigest()[:16]
    return {**row, ROW_ID: f"{secrets.token_urlsafe(10)}.{digest}"}  # type: ignore[return-value]  # a dictionary as well


def _has_list(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_list, value.values()))
    return isinstance(value, list | tuple)
