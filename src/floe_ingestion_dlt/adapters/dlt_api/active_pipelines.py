"""The pipeline that is active in dlt, which takes names of columns and settings from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext, SupportsPipeline


def active_pipeline() -> SupportsPipeline | None:
    """The pipeline that runs, None where dlt's parts are used by themselves."""
    # `dlt.pipeline()` would make one.
    context = Container()[PipelineContext]
    return context.pipeline() if context.is_active() else None


@contextmanager
def former_active_pipeline_afterwards() -> Iterator[None]:
    """When the block ends, the pipeline is active that was so before it; none, if none was."""
    former = active_pipeline()
    try:
        yield
    finally:
        context = Container()[PipelineContext]
        if former is None:
            context.deactivate()
        else:
            context.activate(former)
