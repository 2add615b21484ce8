"""The sources that dlt reads: REST APIs, SQL databases and files."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final, assert_never

from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.sources.cursors import is_compared
from floe_ingestion_dlt.adapters.dlt.sources.deadline import within
from floe_ingestion_dlt.adapters.dlt.sources.expected import Expected
from floe_ingestion_dlt.adapters.dlt.sources.filesystem import open_files, probe_files
from floe_ingestion_dlt.adapters.dlt.sources.reports import Report, unreported
from floe_ingestion_dlt.adapters.dlt.sources.rest_api import compared_in, open_endpoint, probe_api
from floe_ingestion_dlt.adapters.dlt.sources.source_errors import NothingToReadError, fault_of, source_fault
from floe_ingestion_dlt.adapters.dlt.sources.sql_database import open_query, probe_database
from floe_ingestion_dlt.adapters.dlt.sources.sql_session import Session
from floe_ingestion_dlt.domain.faults import Fault, MissingPackage
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.sources import Filesystem, RestApi, Source, SourceType, SqlDatabase
from floe_ingestion_dlt.ports.retries import Never, Retries

_PACKAGES: Final[Mapping[SourceType, tuple[str, ...]]] = {
    SourceType.REST_API: ("requests", "jsonpath_ng"),
    SourceType.SQL_DATABASE: ("sqlalchemy", "pyarrow"),
    SourceType.FILESYSTEM: ("fsspec", "pyarrow"),
}


def open_resource(
    plan: LoadPlan,
    cursor: str | None,
    table: TableSchema | None = None,
    retries: Retries | None = None,
    report: Report = unreported,
) -> Result[DltResource, Fault]:
    """The plan's source as one dlt resource named after the table; with a *cursor* it yields what is new only.

    Requests to an API are tried again by *retries*, one by one; a database is waited for until their deadline. *report* is for
    what a person should know of the source. Values that the source does not type are read in the types of the *table* that is there already, if they fit.
    The source is read when the resource is. Write disposition and keys are the pipeline's to say.
    """
    match plan.source:
        case RestApi():
            return open_endpoint(plan.source, plan, cursor, retries or Never())
        case SqlDatabase():
            session = Session(
                plan.resource,
                plan.source.limits,
                (retries or Never()).left(),
                report,
                plan.source.query or "",
            )
            return open_query(plan.source, plan, cursor, Expected.by(table), session)
        case Filesystem():
            return open_files(plan.source, plan, cursor, Expected.by(table), report)
        case _:
            assert_never(plan.source)


def compared_cursor(plan: LoadPlan) -> str | None:
    """The cursor, if rows at its last value are compared with those of the table."""
    if isinstance(plan.source, RestApi):
        return compared_in(plan.source, plan)
    return plan.cursor if is_compared(plan) else None


def probe(source: Source, timeout: float) -> Result[None, Fault]:
    """Whether the source answers within *timeout* seconds."""
    match source:
        case RestApi():
            return within(timeout, lambda: probe_api(source, timeout), "the API")
        case SqlDatabase():
            return probe_database(source, timeout)
        case Filesystem():
            return within(timeout, lambda: probe_files(source), "the file system")
        case _:
            assert_never(source)


def check_packages(kind: SourceType) -> Result[None, Fault]:
    """Whether what every source of this kind needs is installed; a database's driver is asked for by `probe`."""
    for package in _PACKAGES[kind]:
        if find_spec(package) is None:
            return Failure(
                MissingPackage(package, f"a {kind.value} source", "pip install floe-ingestion-dlt")
            )
    return Success(None)


__all__ = [
    "NothingToReadError",
    "check_packages",
    "compared_cursor",
    "fault_of",
    "open_resource",
    "probe",
    "source_fault",
]
