"""Lists the files of a plan's source."""

from __future__ import annotations

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.file_lists import FileList, listed
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.ports.source import Sources


def files_of(plan: LoadPlan, sources: Sources) -> Result[FileList, Fault]:
    """The files that the plan's source has now; a fault if it is not read from files."""
    # It imports dlt and pyiceberg, which takes seconds.
    from floe_ingestion_dlt.library_errors.source_errors import result_of  # noqa: PLC0415

    found = result_of(lambda: sources.open(plan.source).bind(lambda source: source.files()))
    return found.bind(lambda files: listed(files, plan.source.type))
