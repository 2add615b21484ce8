"""dlt's pipeline state as the text that a destination keeps, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from floe_ingestion_dlt.adapters.dlt.internals import Pipeline, StateInfo, active_pipeline
from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.names import TableName

BEFORE: Final = "floe_state_before"
LOAD_ID: Final = "floe_load_id"


def remember(pipeline: Pipeline, load_id: str | None) -> None:
    """Write down, beside the package to come, from which state it is read (the one just taken from the table), and its name."""
    pipeline.set_local_state_val(BEFORE, pipeline.state["_local"].get("_last_extracted_hash"))
    pipeline.set_local_state_val(LOAD_ID, load_id)


def load_id_of(package_id: str) -> str:
    """The id under which the active pipeline's package is committed: the name that its run was given, else its own."""
    return _remembered(LOAD_ID) or package_id


def stored_state(table: TableName, document: Mapping[str, Any]) -> StoredState:
    """The state document of the active pipeline's package, as it is kept with the rows of *table*."""
    return StoredState(table, state_text(document), document["version_hash"], _remembered(BEFORE))


def _remembered(key: str) -> str | None:
    pipeline = active_pipeline()
    value = pipeline.state["_local"].get(key) if pipeline else None
    return None if value is None else str(value)


def state_text(document: Mapping[str, Any]) -> str:
    """The state document of a load package as text."""
    return json.dumps(dict(document), default=_moment, sort_keys=True)


def state_info(text: str | None, pipeline: str) -> StateInfo | None:
    """The state as dlt wants it; None where there is none, or only that of another pipeline."""
    if text is None:
        return None
    document = json.loads(text)
    if document["pipeline_name"] != pipeline:
        return None
    return StateInfo(**{**document, "created_at": datetime.fromisoformat(document["created_at"])})


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"dlt's state holds a {type(value).__name__}"
    raise TypeError(message)
