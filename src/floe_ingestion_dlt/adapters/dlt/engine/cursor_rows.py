"""Leaving out the rows that a cursor's options exclude, and the position of a cursor that looks back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Final, NoReturn, TypeAlias, cast, final

import dlt
import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.arrow.cursors import at_least
from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.dlt.engine.cursors import path_of, plain_value
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.cursor_values import is_at_least
from floe_ingestion_dlt.domain.cursors import NO_OPTIONS, OnNull, not_comparable
from floe_ingestion_dlt.domain.events import RowsWithoutCursor
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.window_bounds import Bound, plain
from floe_ingestion_dlt.library_errors.source_errors import changed_cursor, missing_cursor, null_cursor

Rows: TypeAlias = pa.Table | pa.RecordBatch

FIRST: Final = "initial_value"
LAG: Final = "lag"
END: Final = "end_value"


@final
class CursorRows:
    """The rows that the plan's cursor lets through, if *last* is the highest value that was loaded.

    If it *looks_back*, dlt's incremental would leave out rows before the last value; so the position is kept here, where dlt keeps it.
    """

    def __init__(self, plan: LoadPlan, last: object, *, looks_back: bool = False) -> None:
        self._column = plan.cursor or ""
        self._limits = plan.limits
        self._last = self._highest = plain_value(last)
        self._bounds = dict[str, Bound]()
        if (first := self._limits.first(self._last)) is not None:
            self._bounds[FIRST] = first
        if self._limits.lag is not None and self._last is not None:
            self._bounds[LAG] = _bound(
                self._limits.lag.start(self._last, self._column).unwrap(), self._column
            )
        self._left_out = 0
        self._keeps_position = looks_back or self._limits.lag is not None

    def of(self, resource: DltResource) -> DltResource:
        """*resource* without the rows that are left out."""
        if self._limits != NO_OPTIONS or self._keeps_position:
            resource.add_step(_Step(self, resource.name))
        return resource

    @property
    def events(self) -> tuple[RowsWithoutCursor, ...]:
        """What is to be said of rows that were left out because they have no value."""
        return (RowsWithoutCursor(self._column, self._left_out),) if self._left_out else ()

    def kept(self, item: object) -> object | None:
        """The rows of a table that are let through; a row, or None if it is not."""
        match item:
            case pa.Table() | pa.RecordBatch():
                return self._table(item)
            case Mapping():
                return item if self._is_kept(item) else None
            case _:
                return item

    def keep_position(self, resource: str) -> None:
        """Put the highest value where dlt's incremental keeps it, if that does not."""
        if not self._keeps_position or self._highest is None:
            return
        cursors = dlt.current.resource_state(resource).setdefault("incremental", {})
        cursors[path_of(self._column)] = {
            "initial_value": None,
            "last_value": self._highest,
            "unique_hashes": [],
            "start_value": self._last,
        }

    def _is_kept(self, row: Mapping[str, object]) -> bool:
        value = plain_value(row.get(self._column))
        if value is None:
            self._check_nulls(1, row)
            return self._limits.on_null is not OnNull.EXCLUDE
        for name, bound in self._bounds.items():
            if not self._compared(name, bound, value):
                return False
        end = self._limits.end_value
        if end is not None and self._compared(END, end, value):
            return False
        self._look_at(value)
        return True

    def _compared(self, name: str, bound: Bound, value: object) -> bool:
        found = is_at_least(value, bound)
        return self._refuse(name, bound, type(value).__name__) if found is None else found

    def _table(self, table: Rows) -> Rows:
        if self._column not in table.schema.names:
            throw(missing_cursor(self._column, tuple(table.schema.names), "a row"))
        values = cast("Column", table[self._column])
        if values.null_count:
            self._check_nulls(values.null_count, None)
        kept = pc.is_valid(values)
        for name, bound in self._bounds.items():
            kept = pc.and_kleene(kept, self._mask(name, bound, values))
        if (end := self._limits.end_value) is not None:
            kept = pc.and_kleene(kept, pc.invert(self._mask(END, end, values)))
        self._look_at(_highest_of(pc.filter(values, kept)))
        if self._limits.on_null is not OnNull.EXCLUDE:
            kept = pc.or_(kept, pc.is_null(values))
        return table.filter(kept)

    def _mask(self, name: str, bound: Bound, values: Column) -> pa.BooleanArray:
        mask = at_least(values, bound)
        return self._refuse(name, bound, str(values.type)) if mask is None else mask

    def _check_nulls(self, rows: int, row: Mapping[str, object] | None) -> None:
        match self._limits.on_null:
            case OnNull.EXCLUDE:
                self._left_out += rows
            case OnNull.ERROR if self._keeps_position:
                if row is not None and self._column not in row:
                    throw(missing_cursor(self._column, tuple(map(str, row)), "a row"))
                throw(null_cursor(self._column))
            case _:
                return  # dlt's incremental refuses or reads them

    def _look_at(self, value: object) -> None:
        if not self._keeps_position or value is None:
            return
        if self._highest is None:
            self._highest = value
            return
        is_higher = is_at_least(value, _bound(self._highest, self._column))
        if is_higher is None:
            throw(changed_cursor(self._column))
        self._highest = value if is_higher else self._highest

    def _refuse(self, name: str, bound: Bound, kind: str) -> NoReturn:
        if name == LAG:
            throw(changed_cursor(self._column))
        throw(not_comparable(name, bound, self._column, kind))


def _bound(value: object, column: str) -> Bound:
    found = plain(Decimal(value) if isinstance(value, float) else value)
    if found is None:
        throw(changed_cursor(column))
    return found


def _highest_of(values: Column) -> object:
    highest = pc.max(values) if len(values) - values.null_count else None
    if highest is None:
        return None
    if pa.types.is_timestamp(highest.type):
        highest = highest.cast(pa.timestamp("us", highest.type.tz), safe=False)
    return plain_value(highest.as_py())


@final
class _Step(ItemTransform[object, dict[str, object]]):
    # After values are checked, and before dlt's incremental notes the position.
    placement_affinity: ClassVar[float] = 0.96

    def __init__(self, rows: CursorRows, resource: str) -> None:
        super().__init__(lambda item: item)
        self._rows, self._resource = rows, resource

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        if isinstance(item, list) and item:
            found: object = [kept for each in item if (kept := self._rows.kept(each)) is not None] or None
        else:
            found = self._rows.kept(item)
        self._rows.keep_position(self._resource)
        return found
