"""The incrementals with which a user has made resources; dlt itself knows some of them only while it reads."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TypeGuard

import dlt
from dlt.extract import DltResource
from dlt.extract.incremental import IncrementalResourceWrapper

from floe_ingestion_dlt.adapters.dlt_api.internals import Pipe
from floe_ingestion_dlt.adapters.dlt_api.resources import Incremental


def incremental_of(pipe: Pipe) -> Incremental | None:
    """The incremental of a resource's hints or of its arguments, or the default of the function that reads."""
    found = (hinted_incremental(pipe), *_arguments_of(pipe.gen), *_defaults_of(pipe.gen))
    return next((one for one in found if _is_incremental(one)), None)


def hinted_incremental(pipe: Pipe) -> Incremental | None:
    """The incremental of a resource's hints, which replaces that of arguments and defaults."""
    step = pipe.get_by_type(IncrementalResourceWrapper, dlt.sources.incremental)
    hinted = step.incremental if isinstance(step, IncrementalResourceWrapper) else step
    return hinted if _is_incremental(hinted) else None


def reads_by_last_value(resource: DltResource) -> bool:
    """Whether the function that reads gets the last value, for a query of its own."""
    return isinstance(resource.incremental, IncrementalResourceWrapper)


def _arguments_of(read: object) -> Iterable[object]:
    """The arguments to which dlt has bound the function: they are only in its closure, and not in clones of the resource."""
    bound = inspect.getclosurevars(read).nonlocals if inspect.isfunction(read) else {}
    named = bound.get("kwargs")
    positional = bound.get("args")
    return (
        *(positional if isinstance(positional, tuple) else ()),
        *(named.values() if isinstance(named, dict) else ()),
    )


def _defaults_of(read: object) -> Iterable[object]:
    parameters = inspect.signature(inspect.unwrap(read)).parameters.values() if callable(read) else ()
    return (parameter.default for parameter in parameters)


def _is_incremental(value: object) -> TypeGuard[Incremental]:
    return isinstance(value, dlt.sources.incremental)
