"""dlt's own trace of a pipeline's steps, which it keeps in the pipeline's folder, without the credentials in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from floe_ingestion_dlt.adapters.dlt.internals import PipelineTrace
from floe_ingestion_dlt.domain.redaction import redacted


def clean_trace(trace: PipelineTrace, clean: Callable[[str], str]) -> None:
    """Clean the words of all errors; of settings that dlt looked up, what was found is not kept."""

    def plain(value: Any) -> Any:
        match value:
            case str():
                return redacted(clean(value))
            case dict():
                return {key: plain(held) for key, held in value.items()}
            case list() | tuple():
                return [plain(held) for held in value]
            case int() | float() | None:
                return value
            case _:
                # an attribute of an exception: a request, a response, a configuration
                return type(value).__name__

    trace.steps[:] = [
        step._replace(
            step_exception=plain(step.step_exception), exception_traces=plain(step.exception_traces)
        )
        for step in trace.steps
    ]
    trace.resolved_config_values[:] = [
        found._replace(value=None, default_value=None) for found in trace.resolved_config_values
    ]
