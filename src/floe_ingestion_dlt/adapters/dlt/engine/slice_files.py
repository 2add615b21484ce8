"""The files of a load in slices, and what dlt writes of it: the columns, because workers have staged the rows."""

from __future__ import annotations

from collections.abc import Iterator

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.adapters.arrow.types import to_arrow
from floe_ingestion_dlt.adapters.dlt.engine.cursors import cursor_left_out
from floe_ingestion_dlt.adapters.dlt.engine.source_resource import FILES, known_files
from floe_ingestion_dlt.adapters.dlt.naming import schema_name
from floe_ingestion_dlt.adapters.dlt.state import decoded
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.known_files import known_files_in
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.schema import ColumnType, Scalar
from floe_ingestion_dlt.domain.slices import Rows, StagedRows, files_once, folders_once
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.ports.source import Reading


def known_before(plan: LoadPlan, port: Destination) -> Result[Reading, Fault]:
    """A reading that knows the files whose rows the table has; refused if the table was loaded by a cursor."""

    def known(text: str | None) -> Result[Reading, Fault]:
        state = decoded(text) if text else {}
        if (refused := cursor_left_out(plan, state)) is not None:
            return Failure(refused)
        files = known_files(state, schema_name(plan), plan)
        return Success(Reading(known_files=files, is_appended=isinstance(plan.mode, Append)))

    return port.read_state(plan.table).bind(known)


def without_rows(plan: LoadPlan, staged: StagedRows, rows: tuple[Rows, ...]) -> DltResource:
    """One table with the columns and no row, from which dlt makes one file; nothing if there are no columns.

    The files of the *rows* are known from then on, if they are loaded once.
    """

    def columns() -> Iterator[pa.Table]:
        if files := files_once(rows):
            state = dlt.current.resource_state(plan.table.name)
            state[FILES] = known_files_in(state.get(FILES)).with_files(files, folders_once(rows)).text()
        fields = [(column.name, _as_written(column.type)) for column in staged.columns.columns]
        if fields:
            yield pa.schema(fields).empty_table()

    return dlt.resource(columns, name=plan.table.name)


def _as_written(kind: ColumnType) -> pa.DataType:
    """The type of such a column in dlt's files, which have no uuids."""
    return pa.string() if kind is Scalar.UUID else to_arrow(kind)
