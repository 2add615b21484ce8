"""Reading the rows of a window only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, final

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from floe_ingestion_dlt.adapters.arrow.types import UnknownTypeError, from_arrow
from floe_ingestion_dlt.adapters.arrow.windows import inside_or_null
from floe_ingestion_dlt.adapters.dlt.engine.hints import with_merge_hints
from floe_ingestion_dlt.adapters.dlt.raised_faults import value_or_throw
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.domain.column_names import ColumnNames
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.sources import compared_columns
from floe_ingestion_dlt.domain.window_reading import may_hold, read_limits
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Merge
from floe_ingestion_dlt.ports.destination import Destination

# What is raised for values that Arrow cannot compare with the limits.
_NO_ORDER: Final = (pa.ArrowException, UnknownTypeError, OverflowError)


@final
class WindowRows:
    """Leaves out rows that are surely outside of a window; which others are, the types of the table decide.

    It *has_values* if some row that was read has a value in the window's column. Rows with null stay: they are needed where no row has one.
    """

    def __init__(self, window: Window, columns: ColumnNames) -> None:
        self._window = window
        self._columns = columns
        self._column = columns.in_table(window.column)
        self._names: dict[str, bool] = {}
        self.has_values = False

    def of(self, resource: DltResource) -> DltResource:
        """*resource* without the rows that are left out."""
        resource.add_step(_WindowStep(self))
        return resource

    def kept(self, item: object) -> object | None:
        """The rows of a table that may be in the window; a row, or None if it is not."""
        match item:
            case pa.Table():
                return pa.Table.from_batches([*map(self._batch, item.to_batches())], item.schema)
            case pa.RecordBatch():
                return self._batch(item)
            case Mapping():
                values = [value for name, value in item.items() if self._is_column(name)]
                return item if not values or any([*map(self._may_hold, values)]) else None
            case _:
                return item

    def _may_hold(self, value: object) -> bool:
        self.has_values = self.has_values or value is not None
        return value is None or may_hold(self._window, value)

    def _is_column(self, name: object) -> bool:
        """Whether a field of the source has the name of the window's column in the table."""
        known = self._names.get(str(name))
        if known is None:
            known = self._names[str(name)] = self._columns.in_table(str(name)) == self._column
        return known

    def _batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows that may be in the window; all, if that can only be decided in the types of the table."""
        names = [name for name in batch.schema.names if self._is_column(name)]
        if len(names) != 1:
            return batch
        values = batch.column(names[0])
        self.has_values = self.has_values or values.null_count < len(values)
        try:
            limits = read_limits(self._window, from_arrow(values.type))
            return batch if limits is None else batch.filter(inside_or_null(values, limits))
        except _NO_ORDER:
            return batch


@final
class _WindowStep(ItemTransform[object, dict[str, object]]):
    # After views are made plain, and before hints are added, which would be removed with rows.
    placement_affinity: ClassVar[float] = 1.1

    def __init__(self, rows: WindowRows) -> None:
        super().__init__(lambda item: item)
        self._rows = rows

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        if isinstance(item, list):
            return [kept for each in item if (kept := self._rows.kept(each)) is not None]
        return self._rows.kept(item)


def written_without_rows(
    resource: DltResource, plan: LoadPlan, port: Destination, names: ColumnNames
) -> object:
    """*resource*, of which dlt writes a file for a table that is there even if there is no row, if the load removes rows of the table then."""
    of_window = plan.window is not None and not isinstance(plan.mode, Merge)
    by_keys = plan.deletes_missing is not None and plan.cursor is not None
    removes_rows = plan.is_refresh or of_window or by_keys or bool(compared_columns(plan.source))
    if not removes_rows:
        return resource
    state = value_or_throw(port.describe(plan.table))
    if state is None or state.being_created:
        return resource
    nothing = dlt.resource([dlt.mark.materialize_table_schema()], name=f"{resource.name}_without_rows")
    # the package may have no other row by which dlt knows how it is merged
    return [resource, with_merge_hints(nothing, plan, names)]
