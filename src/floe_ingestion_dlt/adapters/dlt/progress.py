"""What dlt tells of its progress, as milestones."""

from __future__ import annotations

from typing import final

from floe_ingestion_dlt.adapters.dlt.internals import Collector
from floe_ingestion_dlt.ports.milestones import Milestone, Milestones


@final
class Progress(Collector):
    """Passes on that some rows of a table are read or normalized; dlt counts other things here too."""

    def __init__(self, milestones: Milestones) -> None:
        self._milestones = milestones
        self._moment: Milestone | None = None

    def update(self, name: str, inc: int = 1, *_totals: object, **_labels: object) -> None:
        if self._moment is not None and inc:
            self._milestones(self._moment, name)

    def _start(self, step: str) -> None:
        moments = {"Extract": Milestone.EXTRACTING, "Normalize": Milestone.NORMALIZING}
        self._moment = moments.get(step.partition(" ")[0])

    def _stop(self) -> None:
        self._moment = None
