"""A source as a dlt resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias, assert_never, final

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from returns.result import Result, Success

from floe_ingestion_dlt.adapters.dlt.engine.buffers import GROUP_ROWS, Item, grouped
from floe_ingestion_dlt.adapters.dlt.engine.cursors import incremental_on, is_compared, look_back, plain_value
from floe_ingestion_dlt.adapters.dlt.engine.kept_answers import answers_of
from floe_ingestion_dlt.adapters.dlt.engine.window_checks import without_declared_cursor
from floe_ingestion_dlt.adapters.dlt.loader.load_package import LoadPackage
from floe_ingestion_dlt.adapters.dlt.naming import schema_name
from floe_ingestion_dlt.adapters.dlt_api.resources import DltReadSource, Incremental
from floe_ingestion_dlt.adapters.dlt_api.states import State
from floe_ingestion_dlt.domain.contracts import SchemaContract
from floe_ingestion_dlt.domain.cursor_values import is_at_least
from floe_ingestion_dlt.domain.faults import Fault
from floe_ingestion_dlt.domain.known_files import KnownFiles, known_files_in
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY
from floe_ingestion_dlt.domain.write_modes import Append, removes_missing
from floe_ingestion_dlt.library_errors.source_errors import result_of
from floe_ingestion_dlt.ports.destination import TableState
from floe_ingestion_dlt.ports.source import (
    ArrowBatch,
    FilesRead,
    Message,
    ParquetCopy,
    Position,
    Reading,
    RowBatch,
    Source,
)

Reached: TypeAlias = Callable[[Position], None]

PROBE_SECONDS: Final = 10.0
# Where dlt's state of a resource keeps the position of a reading without a cursor, and the files that were read.
POSITION: Final = "floe_position"
FILES: Final = "floe_files"


def _not_kept(_position: Position) -> None:
    """Keep no position, because nothing will be acknowledged."""


def _not_copied(_copy: ParquetCopy) -> None:
    """No file is copied if the reading does not ask for that."""


@final
@dataclass(frozen=True, slots=True)
class Receivers:
    """What is called with each position, and with each file that is loaded as it is; tables of rows come in groups of *group_rows* or *group_bytes*."""

    reached: Reached = _not_kept
    copied: Callable[[ParquetCopy], None] = _not_copied
    group_rows: int = GROUP_ROWS
    group_bytes: int = DEFAULT_MEMORY.table


def resource_of(
    source: Source,
    plan: LoadPlan,
    reading: Reading,
    since: Position | None = None,
    receivers: Receivers = Receivers(),
) -> Result[DltResource, Fault]:
    """The plan's unit of the source as a dlt resource, named after the table and read when dlt extracts it.

    With a cursor it yields new rows only; without one, rows *since* the position of the last load; of a window, all its rows. The *receivers* are called with
    what is no row. The pipeline sets write disposition and keys.
    """
    if isinstance(source, DltReadSource):
        opened = source.resource(plan.resource, reading, is_compared=is_compared(plan))
        usable = opened.bind(partial(without_declared_cursor, source, plan))
        return usable.map(lambda resource: resource.with_name(plan.table.name))
    return result_of(lambda: Success(_resource(source, plan, reading, since, receivers)))


def probed(plan: LoadPlan, source: Source) -> Result[None, Fault]:
    """Whether the source can be read as a resource, and answers."""
    made = resource_of(source, plan, Reading(plan.cursor))
    return made.bind(lambda _: source.probe(PROBE_SECONDS))


def _resource(
    source: Source, plan: LoadPlan, reading: Reading, since: Position | None, receivers: Receivers
) -> DltResource:
    def read(begin: Position | None, notice: Reached) -> Iterator[Item]:
        called = replace(receivers, reached=notice)
        items = _items(source.read(plan.resource, begin, reading), plan, called)
        yield from grouped(items, receivers.group_bytes, receivers.group_rows)

    def reader(begin: Position | None, notice: Reached) -> Callable[[], Iterator[Item]]:
        def rows() -> Iterator[Item]:
            yield from read(begin, notice)

        return rows

    def keep(position: Position) -> None:
        dlt.current.resource_state(plan.table.name)[POSITION] = position.value
        receivers.reached(position)

    if reading.window is not None:
        return dlt.resource(reader(None, _not_kept), name=plan.table.name)
    if reading.cursor is None:
        return dlt.resource(reader(since, keep), name=plan.table.name)
    loaded = partial(_reach_loaded, reading, receivers.reached)
    if reading.limits.lag is not None or reading.look_back is not None:
        return dlt.resource(reader(reading.look_back, loaded), name=plan.table.name)
    incremental = incremental_on(plan, reading.cursor)

    def new_rows(last: Incremental = incremental) -> Iterator[Item]:
        value = last.start_value
        yield from read(None if value is None else Position(plain_value(value)), loaded)

    return dlt.resource(new_rows, name=plan.table.name)


def _keep_files(plan: LoadPlan, read: FilesRead) -> None:
    """Keep which files were read in the state, and in the package, of which of them the table's rows are replaced."""
    dlt.current.resource_state(plan.table.name)[FILES] = read.files.text()
    if read.changed:
        LoadPackage.in_load().keep_changed_files(read.changed)


def _reach_loaded(reading: Reading, reached: Reached, position: Position) -> None:
    """Note the *position*, unless there are rows before it that are not loaded: a source must not forget rows from the end on."""
    end = reading.limits.end_value
    if end is None or is_at_least(position.value, end) is False:
        reached(position)


def position_in(state: State, schema: str, plan: LoadPlan) -> Position | None:
    """The position of the last load in dlt's pipeline *state*; None if rows that are not read would be removed."""
    resources = state.get("sources", {}).get(schema, {}).get("resources", {})
    left = resources.get(plan.table.name, {}).get(POSITION)
    return None if left is None or removes_missing(plan.mode) else Position(left)


def known_files(state: State, schema: str, plan: LoadPlan) -> KnownFiles | None:
    """The files that dlt's pipeline *state* has; None if rows of the table would be removed because they are not read."""
    if removes_missing(plan.mode) or plan.window is not None:
        return None
    resources = state.get("sources", {}).get(schema, {}).get("resources", {})
    return known_files_in(resources.get(plan.table.name, {}).get(FILES))


def of_table(
    reading: Reading, source: Source, plan: LoadPlan, state: State, table: TableState | None
) -> Reading:
    """The *reading*, with what its rows meet in the *table* of the plan: known files and answers, other rows, its cursor and the schema contract."""
    schema = schema_name(plan)
    is_judged = table is not None and not table.being_created
    return replace(
        reading,
        known_files=known_files(state, schema, plan),
        answers=answers_of(state, schema, plan, table),
        limits=plan.limits,
        look_back=look_back(source, plan, state),
        is_appended=isinstance(plan.mode, Append),
        discards=is_judged and plan.contract is SchemaContract.DISCARD_VALUE,
    )


def _items(messages: Iterator[Message], plan: LoadPlan, receivers: Receivers) -> Iterator[Item]:
    for message in messages:
        match message:
            case ArrowBatch(table):
                yield table if isinstance(table, pa.Table) else pa.table(table)
            case ParquetCopy():
                receivers.copied(message)
                # The table gets its columns by rows, even if there are none.
                yield pa.table(message.columns)
            case RowBatch(rows):
                yield [dict(row) for row in rows]
            case Position():
                receivers.reached(message)
            case FilesRead():
                _keep_files(plan, message)
            case _:
                assert_never(message)
