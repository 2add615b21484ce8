"""Reading the keys that a source has, and what a package does with rows of the table that have others.

Without a cursor, the rows of a load are all rows of the source, and their keys are its keys. With a cursor, the keys are read apart, when
all rows of the load were read. So, for a row of the source that changes meanwhile:

- inserted before the keys are read: its key is among them, whether the load has the row or not;
- inserted after that: neither the load nor the table has it, unless another load brings it, and then the package is out of date;
- deleted between rows and keys: the load has it, and a row of the load is never gone, so the next load deletes it;
- deleted after the keys are read: the next load deletes it;
- updated: it stays under its key. With another key, it is gone under the old one, as if it were deleted and inserted;
- deleted and inserted again by two transactions, with the keys read between them: it is gone, and the cursor brings it when its value is new;
- changed by a transaction that is still open: it counts as it was before.

This needs a source whose statement sees one moment of a table, as all databases have it that keep versions of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import pyarrow as pa
from returns.result import Result

from floe_ingestion_dlt.adapters.dlt.engine.load_pipeline import LoadPipeline
from floe_ingestion_dlt.adapters.dlt.engine.source_columns import ChangedColumns
from floe_ingestion_dlt.adapters.dlt.kept_keys import KeyFiles, text_of
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt.state import kept_missing, remember_missing
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.events import SourceWithoutKeys
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.missing_keys import taken_column, without_all_rows
from floe_ingestion_dlt.domain.write_modes import Merge
from floe_ingestion_dlt.ports.arrow import ArrowStream
from floe_ingestion_dlt.ports.destination import TableState
from floe_ingestion_dlt.ports.source import HasKeys, Message, Position, Reading, Source


def note_missing(pipeline: LoadPipeline, plan: LoadPlan, table: TableState | None) -> None:
    """Save what the next package does with rows that are gone; a table without rows of ours has none."""
    missing, names = plan.deletes_missing, pipeline.columns.of_root
    if missing is None or table is None or table.being_created:
        remember_missing(pipeline, None)
        return
    flag = missing.soft_delete and names.in_table(missing.soft_delete)
    remember_missing(pipeline, text_of(missing, flag, has_files=plan.cursor is not None))


def with_keys(pipeline: LoadPipeline, source: Source) -> Source:
    """The *source*, of which the keys are read with the rows if the package needs them."""
    is_read_whole = pipeline.plan.deletes_missing is None or isinstance(source, DltReadSource)
    return source if is_read_whole else _WithKeys(pipeline, source)


@final
class _WithKeys(Source):
    """Reads the rows of a source, and then its keys if the rows are not all of them."""

    def __init__(self, pipeline: LoadPipeline, source: Source) -> None:
        self._pipeline, self._source = pipeline, source

    def probe(self, timeout: float) -> Result[None, Fault]:
        return self._source.probe(timeout)

    def units(self) -> Result[tuple[str, ...], Fault]:
        return self._source.units()

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:
        for message in self._source.read(unit, since, reading):
            if isinstance(message, Position) and reading.cursor is None:
                throw(without_all_rows(unit))
            yield message
        source = self._source
        if reading.cursor is not None and kept_missing() is not None and isinstance(source, HasKeys):
            self._read_keys(source, unit, reading)

    def _read_keys(self, source: HasKeys, unit: str, reading: Reading) -> None:
        plan, names = self._pipeline.plan, self._pipeline.columns.of_root
        key, flag = _key_of(plan, names), plan.soft_delete
        sent: set[str] = set()

        def is_key(name: str) -> bool:
            if not plan.columns.of((name,))[name].is_dropped:
                sent.add(names.in_table(name).lower())
            return names.in_table(name) in key

        batches = source.keys(unit, is_key, reading)
        KeyFiles(self._pipeline).write(_in_table(batches, ChangedColumns(plan.columns), names, key))
        if flag is not None and names.in_table(flag).lower() in sent:
            throw(taken_column(flag))  # without new rows, no row has shown it


def without_any_key(pipeline: LoadPipeline, rows: int) -> tuple[SourceWithoutKeys, ...]:
    """A warning if the source gave no key, with so many *rows* of the load: then no row is deleted."""
    if kept_missing() is None:
        return ()
    keys = rows if pipeline.plan.cursor is None else KeyFiles(pipeline).count()
    return () if keys else (SourceWithoutKeys(pipeline.plan.resource),)


def _key_of(plan: LoadPlan, names: ColumnNames) -> tuple[str, ...]:
    """The columns of the key, as the table names them."""
    return tuple(map(names.in_table, plan.mode.key)) if isinstance(plan.mode, Merge) else ()


def _in_table(
    batches: Iterator[ArrowStream], changes: ChangedColumns, names: ColumnNames, key: tuple[str, ...]
) -> Iterator[pa.Table]:
    """The keys as rows get them: with changed columns and the table's names. A batch without a column of the key has no key."""
    for batch in batches:
        changed = changes.changed(pa.table(batch))
        if isinstance(changed, pa.Table):
            named = changed.rename_columns([*map(names.in_table, changed.column_names)])
            if set(key) <= set(named.column_names):
                yield named.select(list(key))
