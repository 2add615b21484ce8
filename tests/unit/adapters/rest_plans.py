"""An API on this machine, plans over it, and what comes of reading it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from floe_ingestion_dlt.adapters.sources.parsing import parse_source
from floe_ingestion_dlt.adapters.sources.rest_api.kind import REST_API
from floe_ingestion_dlt.domain.faults import Fault, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan, split
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.secret import Secret
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.library_errors.source_errors import source_fault
from tests.sources import open_resource


@dataclass
class Api:
    """A server on this machine: answers by path, and what it was asked."""

    url: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, list[str]], str | None]] = field(default_factory=list)


def plans_of(config: Mapping[str, object], credentials: Secret | None = None) -> tuple[LoadPlan, ...]:
    source = parse_source(REST_API, config, credentials).source
    return split(LoadPlan(source, "", TableName(("bronze",), "Copied"), Append()))


def plan_of(config: Mapping[str, object], credentials: Secret | None = None) -> LoadPlan:
    (plan,) = plans_of(config, credentials)
    return plan


def rows_of(plan: LoadPlan) -> list[Any]:
    return list(open_resource(plan, None).unwrap())


def failure_of(plan: LoadPlan) -> SourceFailed:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - dlt wraps it
        rows_of(plan)
    return source_fault(caught.value)


def refused(plan: LoadPlan, cursor: str | None = None) -> Fault:
    return open_resource(plan, cursor).failure()
