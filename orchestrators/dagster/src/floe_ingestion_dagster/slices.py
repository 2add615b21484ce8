"""Loads that are divided into slices: several workers read them, and one commit adds all rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypeAlias, final

from dagster import Model
from pydantic import BaseModel, Field

from floe_ingestion_dlt.config import DltIngestionConfig
from floe_ingestion_dlt.domain.faults import Context, WorkerLost
from floe_ingestion_dlt.errors import error_for
from floe_ingestion_dlt.running.planning import Unit
from floe_ingestion_dlt.secrets.finding import has_credentials
from floe_ingestion_dlt.worker_processes import WorkerProcesses

if TYPE_CHECKING:
    from distributed import Client

    from floe_ingestion_dlt import DltIngestionPlugin, LoadReport

# How long a scheduler may take to answer.
REACH_SECONDS: Final = 10
# Returns the plugin's configuration, in each worker.
WorkerConfig: TypeAlias = Callable[[], BaseModel]


class Slices(Model):
    """Into how many slices a source's loads are divided, and who reads them."""

    count: int = Field(description="The most slices of a load.")
    by: str | None = Field(
        None, description="The indexed column that divides a table, instead of its primary key."
    )
    workers: int | None = Field(
        None, description="The number of processes; without it, there is one for each processor."
    )
    scheduler: str | None = Field(
        None, description="The address of a Dask scheduler whose workers read, such as tcp://dask:8786."
    )


SlicesBySource: TypeAlias = Mapping[str, int | Slices]


@final
@dataclass(frozen=True, slots=True)
class SlicedLoads:
    """Loads in *slices* by workers that call *worker_config*, or use a copy of a configuration without credentials."""

    slices: Slices
    worker_config: WorkerConfig | None = None

    def load(self, plugin: DltIngestionPlugin, pipeline: object, options: Mapping[str, object]) -> LoadReport:
        """Load by as many workers as were chosen; an IngestionError if their scheduler does not answer."""
        chosen = self.slices
        with workers_of(chosen) as workers:
            return plugin.load_in_slices(
                pipeline,
                chosen.count,
                workers,
                slice_by=chosen.by,
                worker_config=self.worker_config,
                **options,
            )


def slices_of(unit: Unit, slices: SlicesBySource, *, has_partitions: bool) -> Slices | None:
    """The slices of the unit's source; None if it has none. ValueError says why its loads cannot be divided."""
    found = slices.get(unit.source)
    if found is None:
        return None
    chosen = found if isinstance(found, Slices) else Slices(count=found)
    place = f"sources.{unit.source}.slices"
    for name, number in (("count", chosen.count), ("workers", chosen.workers)):
        if number is not None and number < 1:
            raise ValueError(f"{place}: {name} is {number}; use at least 1")
    if unit.declared.source_type == "rest_api":
        raise ValueError(
            f"{place}: cannot be sliced: an API has no parts; tables of databases and files have"
        )
    if has_partitions:
        raise ValueError(
            f"{place}: cannot be sliced: it has partitions, and only loads of all rows can be sliced"
        )
    if unit.cursor is not None:
        cause = f"it reads new rows by {unit.cursor}, and only loads of all rows can be sliced"
        raise ValueError(f"{place}: cannot be sliced: {cause}")
    if chosen.scheduler is not None and find_spec("distributed") is None:
        raise ValueError(f"{place}: scheduler needs the package distributed: pip install distributed")
    return chosen


def worker_config_for(
    source: str, settings: DltIngestionConfig, worker_config: WorkerConfig | None
) -> WorkerConfig | None:
    """What workers of the source call; None if they can use a copy of the settings, which then contain no credentials.

    ValueError if the settings contain some, and there is no *worker_config*.
    """
    if not has_credentials(settings.with_only(source).model_dump()):
        return None
    if worker_config is None:
        cause = "the configuration contains credentials, which are not sent to workers"
        step = "put them into the environment, or pass the path of the artifacts, which workers then read"
        raise ValueError(f"sources.{source}.slices: {cause}: {step}")
    return worker_config


@contextmanager
def workers_of(slices: Slices) -> Iterator[Executor]:
    """The workers that read the slices; the work of a killed one is done again. An IngestionError if the scheduler does not answer."""
    if slices.scheduler is not None:
        with _client_of(slices.scheduler) as client:
            # A slice that is read again is other work, though its task is the same.
            yield client.get_executor(pure=False)
        return
    with WorkerProcesses(min(slices.count, slices.workers or os.cpu_count() or 1)) as processes:
        yield processes


def _client_of(scheduler: str) -> Client:
    from distributed import Client

    try:
        return Client(scheduler, timeout=REACH_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        unreachable = WorkerLost(f"the Dask scheduler {scheduler} cannot be reached: {error}")
        raise error_for(unreachable, Context()) from error
