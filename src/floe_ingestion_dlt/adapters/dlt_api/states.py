"""dlt's state of a pipeline."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from floe_ingestion_dlt.adapters.dlt_api.internals import (
    SupportsPipeline,
    TVersionedState,
    compress_state,
    generate_state_version_hash,
)

# dlt's state of a pipeline between its runs, to which each source and resource adds keys of its own.
State: TypeAlias = dict[str, Any]


def state_of(pipeline: SupportsPipeline) -> State:
    """The pipeline's state, whose inner parts are still the pipeline's own."""
    return {**pipeline.state}


def _versioned(state: State) -> TVersionedState:
    return cast("TVersionedState", state)


def compressed_state(state: State) -> str:
    """The state as the text that dlt keeps in tables."""
    text: str = compress_state(_versioned(state))
    return text


def state_hash(state: State) -> str:
    """The hash by which dlt compares states."""
    return generate_state_version_hash(_versioned(state), ["_local"])
