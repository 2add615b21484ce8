"""What a dlt destination is bound to when the plugin makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.faults import Context
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.ports.clock import Clock
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.milestones import Milestones, unwatched
from floe_ingestion_dlt.ports.telemetry import Telemetry


@final
@dataclass(frozen=True, slots=True)
class Binding:
    """The port that loads go to, and what is known of the pipeline that brings them.

    What dlt writes down of a file that could not be staged goes through *clean*.

    Whoever *repeats* loads tries a file again that could not be staged; else dlt does, five times and at once. Without a *root_table* (dlt used by itself) the pipeline's state is read from dlt's own tables.
    """

    port: Destination
    telemetry: Telemetry
    clock: Clock
    context: Context = Context()  # noqa: RUF009 - frozen
    contract: SchemaContract = SchemaContract.EVOLVE
    root_table: TableName | None = None
    milestones: Milestones = unwatched
    repeats: bool = False
    clean: Callable[[str], str] = str
