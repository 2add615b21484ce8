"""Refusing cursor values that have no place in the order of the others: nan, and texts that are not ordered as their values are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final, cast, final

import pyarrow as pa
import pyarrow.compute as pc
from dlt.extract import DltResource
from pyarrow import types as at

from floe_ingestion_dlt.adapters.arrow.stubs import Column
from floe_ingestion_dlt.adapters.dlt.engine.own_cursors import checked_cursor, order_of_texts
from floe_ingestion_dlt.adapters.dlt.raised_faults import throw
from floe_ingestion_dlt.adapters.dlt.state import last_value
from floe_ingestion_dlt.adapters.dlt_api.internals import ItemTransform
from floe_ingestion_dlt.adapters.dlt_api.states import State
from floe_ingestion_dlt.domain.cursor_texts import DIGIT, CursorTexts, TextOrder
from floe_ingestion_dlt.domain.faults import Category, SourceFailed
from floe_ingestion_dlt.domain.load_plan import LoadPlan

_DIGITS: Final = re.compile("[0-9]", re.ASCII)


def with_checked_cursor(
    resource: DltResource, plan: LoadPlan, state: State, order: TextOrder | None
) -> DltResource:
    """*resource*, whose cursor's values are checked, also with the last one of the *state*.

    Texts must be in the *order* of the plan's source; without one, in that of the resource.
    """
    cursor = checked_cursor(resource, plan)
    if cursor is not None:
        found = order or order_of_texts(resource)
        resource.add_step(_CheckStep(cursor, last_value(state, cursor), found))
    return resource


@final
class _CheckStep(ItemTransform[object, dict[str, object]]):
    # After columns have plain types, and before dlt's incremental leaves out values.
    placement_affinity: ClassVar[float] = 0.95

    def __init__(self, cursor: str, last: object, order: TextOrder) -> None:
        super().__init__(lambda item: item)
        self._cursor, self._order = cursor, order
        self._texts = CursorTexts()
        if isinstance(last, str):
            self._note([last])

    def __call__(self, item: object, meta: object = None) -> object:  # noqa: ARG002 - dlt's signature
        texts = list[str]()
        for each in item if isinstance(item, list) else [item]:
            if isinstance(each, pa.Table | pa.RecordBatch) and self._cursor in each.schema.names:
                self._check_column(cast("Column", each[self._cursor]))
            elif isinstance(each, Mapping):
                value = each.get(self._cursor)
                if isinstance(value, float) and math.isnan(value):
                    throw(_nan(self._cursor))
                if isinstance(value, str):
                    texts.append(value)
        self._note(texts)
        return item

    def _check_column(self, column: Column) -> None:
        if at.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py():
            throw(_nan(self._cursor))
        if at.is_string(column.type) or at.is_large_string(column.type):
            ends = pc.unique(pc.utf8_slice_codeunits(column, -6)).to_pylist()
            forms = pc.unique(pc.replace_substring_regex(column, "[0-9]", DIGIT)).to_pylist()
            self._add(_without_null(ends), _without_null(forms))

    def _note(self, texts: Sequence[str]) -> None:
        if texts:
            self._add((text[-6:] for text in texts), (_DIGITS.sub(DIGIT, text) for text in texts))

    def _add(self, ends: Iterable[str], forms: Iterable[str]) -> None:
        """Note the ends of texts, in which times have their zones, and their forms; refuse those that have no one order."""
        seen = self._texts.seen(forms, ends)
        if seen != self._texts and (refused := seen.unordered(self._cursor, self._order)) is not None:
            throw(refused)
        self._texts = seen


def _without_null(texts: Iterable[str | None]) -> list[str]:
    return [text for text in texts if text is not None]


def _nan(cursor: str) -> SourceFailed:
    return SourceFailed(
        f"the cursor {cursor} is nan in a row, so it is not known whether the row is new",
        Category.PERMANENT,
        "Replace nan in the source, remove such rows, or use a column that is never nan as cursor_field.",
    )
