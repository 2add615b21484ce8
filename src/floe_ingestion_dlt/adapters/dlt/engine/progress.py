"""dlt's progress, shown to the user and reported as milestones."""

from __future__ import annotations

from typing import final

from floe_ingestion_dlt.adapters.dlt.engine.services import EngineServices
from floe_ingestion_dlt.adapters.dlt_api.internals import Collector
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.ports.milestones import Milestone


@final
class ProgressCollector(Collector):
    """Receives dlt's progress of one pipeline."""

    def __init__(self, context: Context, services: EngineServices) -> None:
        self._context, self._shown = context, services.progress
        self._milestones = services.milestones
        self._milestone: Milestone | None = None

    def update(
        self,
        name: str,
        inc: int = 1,
        total: int | None = None,
        inc_total: int | None = None,
        *_message: object,
        label: str | None = None,
        **_more: object,
    ) -> None:
        if self._milestone is not None and inc:
            self._milestones(self._milestone, name)
        if label is None:  # with a label it is a part of a count without one
            self._shown.count(self._context, name, inc, total or inc_total or 0)

    def _start(self, step: str) -> None:
        name = step.partition(" ")[0].lower()
        self._milestone = {"extract": Milestone.EXTRACTING, "normalize": Milestone.NORMALIZING}.get(name)
        self._shown.begin(self._context, name)

    def _stop(self) -> None:
        self._milestone = None
        self._shown.end(self._context)
