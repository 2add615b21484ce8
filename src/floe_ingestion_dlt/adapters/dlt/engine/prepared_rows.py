"""The data of a run with all that is done to its rows on the way to a package."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.dlt.engine.cursor_rows import CursorRows
from floe_ingestion_dlt.adapters.dlt.engine.cursor_values import with_checked_cursor
from floe_ingestion_dlt.adapters.dlt.engine.held_rows import written_in_time
from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.engine.plain_columns import with_plain_columns
from floe_ingestion_dlt.adapters.dlt.engine.row_keys import with_names_of_table
from floe_ingestion_dlt.adapters.dlt.engine.soft_delete import with_soft_delete
from floe_ingestion_dlt.adapters.dlt.engine.source_columns import ChangedColumns
from floe_ingestion_dlt.adapters.dlt.engine.time_zones import with_zones
from floe_ingestion_dlt.adapters.dlt.engine.windows import WindowRows
from floe_ingestion_dlt.adapters.dlt.nested_digests import with_nested_digests
from floe_ingestion_dlt.adapters.dlt.state import compared_cursor, last_value
from floe_ingestion_dlt.adapters.dlt_api.states import state_of
from floe_ingestion_dlt.domain.events import RowsWithoutCursor
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.memory import Memory


@final
@dataclass(frozen=True, slots=True)
class PreparedRows:
    """A *resource* to extract, and what is known of its rows when they are read."""

    resource: DltResource
    cursor: CursorRows
    columns: ChangedColumns
    window: WindowRows | None

    @property
    def events(self) -> tuple[RowsWithoutCursor, ...]:
        """What is to be said of rows that were left out."""
        return self.cursor.events

    @property
    def missing_columns(self) -> Fault | None:
        """Why the load is refused if columns of the plan were in no row."""
        return self.columns.missing()

    @property
    def have_window_values(self) -> bool:
        """Whether rows of a window have values in its column."""
        return self.window is not None and self.window.has_values


def prepared(
    pipeline: LoadPipeline, resource: DltResource, memory: Memory, sample_rows: int | None = None
) -> PreparedRows:
    """The rows of the *resource* as the pipeline's plan wants them. Steps are added to a copy, not to the user's own resource.

    Of a sample, only batches or pages up to that row are read.
    """
    plan, names, state = pipeline.plan, pipeline.columns.of_root, state_of(pipeline)
    columns = ChangedColumns(plan.columns)
    named = with_names_of_table(resource, names, plan.columns)
    copied = with_soft_delete(columns.of(named), plan.soft_delete, names)
    copied = with_checked_cursor(copied, plan, state, pipeline.text_order)
    last = last_value(state, plan.cursor)
    cursor = CursorRows(plan, last, looks_back=pipeline.looks_back)
    plain = with_plain_columns(cursor.of(copied), plan.window.column if plan.window else plan.cursor, last)
    window = WindowRows(plan.window, names) if plan.window else None
    rows = window.of(plain) if window else plain
    zoned = with_zones(with_nested_digests(rows) if compared_cursor() is not None else rows)
    written = written_in_time(zoned, pipeline.write_buffers, memory.table // 2)
    if sample_rows is not None:
        written.add_limit(sample_rows, count_rows=True)
    return PreparedRows(written, cursor, columns, window)
