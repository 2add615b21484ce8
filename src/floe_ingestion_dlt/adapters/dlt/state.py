"""dlt's pipeline state as the text that a destination keeps, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from floe_ingestion_dlt.adapters.dlt.internals import StateInfo


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
