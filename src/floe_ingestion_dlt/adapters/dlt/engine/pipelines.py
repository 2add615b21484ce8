"""Creating pipelines, and claiming their working folders for runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar, final

import dlt
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.disk import opened, used_alone
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.engine.progress import ProgressCollector
from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt.engine.step_errors import step_fault
from floe_ingestion_dlt.adapters.dlt.engine.working_folder import WorkingFolder, unusable
from floe_ingestion_dlt.adapters.dlt.naming import TableColumns
from floe_ingestion_dlt.adapters.dlt_api.active_pipelines import former_active_pipeline_afterwards
from floe_ingestion_dlt.adapters.dlt_api.internals import AnyDestination, get_dlt_pipelines_dir, reopen
from floe_ingestion_dlt.adapters.system.scratch import scratch_folder
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.ports.destination import Destination

ValueT = TypeVar("ValueT")
Claim = AbstractContextManager[LoadPipeline]


@final
class Pipelines:
    """Pipelines with a working folder for each table and catalog; one that loads a window has a folder for that run only.

    So windows of one table are loaded side by side. They are never pending, because they can be read again.
    """

    def __init__(
        self,
        bind: Callable[[LoadPlan, Destination], AnyDestination],
        services: EngineServices,
        pipelines_dir: str | None,
    ) -> None:
        self._bind = bind
        self._services = services
        self._pipelines_dir = pipelines_dir

    def create(self, plan: LoadPlan, destination: Destination) -> Result[LoadPipeline, Fault]:
        """A pipeline with a working folder for it and the catalog; only that folder is read or written."""
        # Pending rows are for one catalog, and must not be loaded into another.
        parent = Path(self._pipelines_dir or get_dlt_pipelines_dir(), destination.identity)
        return self._in_folder(WorkingFolder(parent, plan.pipeline_name), plan, destination)

    def claim(self, pipeline: LoadPipeline, plan: LoadPlan) -> Result[Claim, Fault]:
        """The pipeline that a run by *plan* uses, with its working folder claimed until the block ends."""
        return self._claimed(pipeline) if plan.window is None else self._of_a_window(pipeline, plan)

    def _in_folder(
        self, folder: WorkingFolder, plan: LoadPlan, destination: Destination
    ) -> Result[LoadPipeline, Fault]:
        return folder.prepare().bind(lambda _: self._created(plan, destination, folder))

    def _created(
        self, plan: LoadPlan, destination: Destination, folder: WorkingFolder
    ) -> Result[LoadPipeline, Fault]:
        bound = self._bind(plan, destination)

        def create() -> LoadPipeline:
            with former_active_pipeline_afterwards():
                return dlt.pipeline(
                    pipeline_name=plan.pipeline_name,
                    pipelines_dir=str(folder.parent),
                    destination=bound,
                    dataset_name=".".join(plan.table.namespace),
                    progress=ProgressCollector(plan.context, self._services),
                    _impl_cls=LoadPipeline,
                )

        created = self._opened(folder, create, is_claimed=False)
        if isinstance(created, Success):
            pipeline = created.unwrap()
            pipeline.config.enable_runtime_trace = False
            pipeline.created_for, pipeline.plan = plan, plan
            pipeline.port, pipeline.step_port, pipeline.folder = destination, destination, folder
            pipeline.columns = TableColumns(plan, destination)
        return created

    def _claimed(self, pipeline: LoadPipeline) -> Result[Claim, Fault]:
        folder = pipeline.folder
        return folder.prepare().bind(lambda _: folder.claim()).bind(partial(self._reopened, pipeline))

    def _reopened(self, pipeline: LoadPipeline, release: Callable[[], None]) -> Result[Claim, Fault]:
        """The claim, with the pipeline reopened: another process may have changed its folder."""

        def look() -> bool:
            reopen(pipeline)
            return pipeline.has_pending_data

        seen = self._opened(pipeline.folder, look, is_claimed=True)
        if isinstance(seen, Failure):
            release()
        return seen.map(lambda _: used_alone(pipeline, pipeline.folder, release))

    def _of_a_window(self, pipeline: LoadPipeline, plan: LoadPlan) -> Result[Claim, Fault]:
        with ExitStack() as stack:
            parent = pipeline.folder.parent
            try:
                own = stack.enter_context(scratch_folder("window", within=parent))
            except OSError as error:
                return Failure(unusable(parent, error))
            created = self._in_folder(WorkingFolder(own, plan.pipeline_name), plan, pipeline.port)
            claimed = created.bind(self._claimed)
            if isinstance(claimed, Success):
                return claimed.map(partial(_for_one_run, pipeline, stack.pop_all()))
            return claimed

    def _opened(
        self, folder: WorkingFolder, act: Callable[[], ValueT], *, is_claimed: bool
    ) -> Result[ValueT, Fault]:
        try:
            return opened(folder, act, is_claimed=is_claimed)
        except Exception as error:  # noqa: BLE001 - this is the edge
            return Failure(step_fault(error, self._services.stop))


@contextmanager
def _for_one_run(pipeline: LoadPipeline, folder: ExitStack, claim: Claim) -> Iterator[LoadPipeline]:
    """A pipeline in a folder that is deleted at the end; the *pipeline* of the caller gets its loads and receipts."""
    with folder, claim as own:
        try:
            yield own
        finally:
            pipeline.loads, pipeline.receipts = own.loads, own.receipts
