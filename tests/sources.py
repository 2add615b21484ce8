"""Sources of plans, read by dlt."""

from __future__ import annotations

from dlt.extract import DltResource
from returns.result import Result

from floe_ingestion_dlt.adapters.dlt.engine.expected_types import expected_types
from floe_ingestion_dlt.adapters.dlt.engine.source_resource import resource_of
from floe_ingestion_dlt.adapters.sources.registry import RegisteredSources
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.sources import SourceSettings
from floe_ingestion_dlt.ports.retries import NoRetries, Retries
from floe_ingestion_dlt.ports.source import Reading, Report, unreported


def open_resource(
    plan: LoadPlan,
    cursor: str | None,
    table: TableSchema | None = None,
    retries: Retries | None = None,
    report: Report = unreported,
) -> Result[DltResource, Fault]:
    """The plan's source as one dlt resource."""
    reading = Reading(cursor, expected_types(table, ColumnNames.of()), retries or NoRetries(), report)
    return RegisteredSources().open(plan.source).bind(lambda source: resource_of(source, plan, reading))


def probe(source: SourceSettings, timeout: float) -> Result[None, Fault]:
    """Whether the source answers within *timeout* seconds."""
    return RegisteredSources().open(source).bind(lambda opened: opened.probe(timeout))
