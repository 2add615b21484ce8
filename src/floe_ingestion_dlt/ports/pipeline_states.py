"""What is known of the states that tables keep as opaque texts."""

from __future__ import annotations

from typing import Protocol

from returns.result import Result

from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load import StoredState
from floe_ingestion_dlt.domain.load_state import KeptState
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import TableSchema


class PipelineStates(Protocol):
    """Reads states, and moves cursors in them."""

    def read(self, text: str, table: TableName, schema: TableSchema) -> Result[KeptState, Fault]:
        """What a state has; the columns of cursors are named as in the table's *schema*."""
        ...

    def moved_back(
        self, text: str, table: TableName, value: object, load_id: str
    ) -> Result[StoredState, Fault]:
        """The state with the table's cursor at *value*, written by *load_id*.

        Rows from there on are read again, whatever files and answers were known, and none that the table has is added. It is refused if
        there is not one cursor, or if its last value is before *value*.
        """
        ...
