"""dlt's steps, as recorded parts of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.arrow.freed_memory import freed_memory_returned
from floe_ingestion_dlt.adapters.dlt.engine.copied_files import add_to_packages, all_rows_handled
from floe_ingestion_dlt.adapters.dlt.engine.hints import disposition, with_merge_hints
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline, schema_of
from floe_ingestion_dlt.adapters.dlt.engine.new_columns import decide_types
from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt.engine.step_errors import step_fault
from floe_ingestion_dlt.adapters.dlt.engine.windows import written_without_rows
from floe_ingestion_dlt.adapters.dlt.kept_keys import KeyFiles
from floe_ingestion_dlt.adapters.dlt.loader.package_state import receipts_in
from floe_ingestion_dlt.adapters.dlt.raised_faults import TerminalFault
from floe_ingestion_dlt.adapters.dlt.state import load_id_of
from floe_ingestion_dlt.adapters.dlt_api.internals import ExtractInfo, PipelineStepFailed
from floe_ingestion_dlt.adapters.system.garbage import with_rare_collection
from floe_ingestion_dlt.domain.load import Receipt
from floe_ingestion_dlt.domain.operations import Extract, Normalize
from floe_ingestion_dlt.ports.telemetry import OngoingOperation


def extract_into(pipeline: LoadPipeline, resource: DltResource) -> ExtractInfo:
    """Extract the *resource* into a pending package of the pipeline, by its plan."""
    plan = pipeline.plan
    hinted = with_merge_hints(resource, plan, pipeline.columns.of_root)
    return pipeline.extract(
        written_without_rows(hinted, plan, pipeline.step_port, pipeline.columns.of_root),
        table_name=plan.table.name,
        write_disposition=disposition(plan),
        schema=schema_of(pipeline),
        # The destination applies the contract, to the table itself; dlt allows every change.
        schema_contract="evolve",
        loader_file_format="parquet",
    )


def normalize(pipeline: LoadPipeline, services: EngineServices) -> None:
    """Normalize the extracted packages."""
    with recorded(Normalize(), pipeline, services) as ongoing, services.stop.at_once():
        decide_types(pipeline, services.milestones, services.memory)
        if (info := pipeline.normalize()) is not None:
            ongoing.note(all_rows_handled(pipeline, info))
    pipeline.folder.close_to_others()


@contextmanager
def recorded(
    step: Extract | Normalize, pipeline: LoadPipeline, services: EngineServices
) -> Iterator[OngoingOperation]:
    """Record one of dlt's steps, and the fault that ends it."""
    with (
        services.telemetry.operation(step, pipeline.plan.context) as ongoing,
        with_rare_collection(),
        freed_memory_returned(),
    ):
        try:
            yield ongoing
        except PipelineStepFailed as error:
            ongoing.fail(fault := step_fault(error, services.stop))
            raise TerminalFault(fault) from error


def load_all(pipeline: LoadPipeline) -> tuple[Receipt, ...]:
    """Load all normalized packages of the pipeline, the oldest first."""
    pending = list(pipeline.list_normalized_load_packages())
    pipeline.loads += tuple(map(load_id_of, pending))
    if pending:
        add_to_packages(pipeline)
        with freed_memory_returned():
            pipeline.load()
        KeyFiles(pipeline).remove()
    return tuple(
        receipt for load_id in pending for receipt in receipts_in(pipeline.get_load_package_state(load_id))
    )
