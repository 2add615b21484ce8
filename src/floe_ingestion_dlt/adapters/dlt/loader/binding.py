"""What the plugin passes to the dlt destination that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Generic, TypeVar, final

from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.domain.file_sizes import LOADED_BYTES, SMALLEST_MERGED_BYTES
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.write_modes import Merge
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestones, ignore_milestone
from floe_ingestion_dlt.ports.telemetry import Telemetry

FoundT = TypeVar("FoundT")


@final
class OncePerPackage(Generic[FoundT]):
    """A value that is computed once for a package, by the first of its jobs that needs it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: tuple[str, FoundT] | None = None

    def get(self, load_id: str, find: Callable[[], FoundT]) -> FoundT:
        with self._lock:
            if self._found is None or self._found[0] != load_id:
                self._found = (load_id, find())
            return self._found[1]


@final
@dataclass(frozen=True, slots=True)
class Binding:
    """The port that loads go to, and the settings of the pipeline.

    Errors of staging, which dlt writes to disk, go through *redact*. If the caller *repeats* loads, it retries files that could
    not be staged; else dlt does, five times and at once. Files are made of about *file_bytes*. Without a *root_table* (dlt used by itself), the pipeline's state is
    read from dlt's own tables.
    """

    port: Destination
    telemetry: Telemetry
    clock: Clock
    context: Context = Context()  # noqa: RUF009 - frozen
    contract: SchemaContract = SchemaContract.EVOLVE
    root_table: TableName | None = None
    milestones: Milestones = ignore_milestone
    repeats: bool = False
    redact: Callable[[str], str] = str
    file_bytes: int = LOADED_BYTES
    left_out: OncePerPackage[Mapping[str, Sequence[int]]] = field(default_factory=OncePerPackage)

    def for_runs_of(self, plan: LoadPlan) -> Binding:
        """The binding for a plan's runs; what dlt's threads record belongs to the current operation of this thread."""
        return replace(
            self,
            telemetry=self.telemetry.for_other_threads(),
            context=plan.context,
            contract=plan.contract,
            root_table=plan.table,
            repeats=True,
            file_bytes=SMALLEST_MERGED_BYTES if isinstance(plan.mode, Merge) else LOADED_BYTES,
        )
