"""Which of several rows with one key wins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid


class Order(Enum):
    """Which end of a sorted column wins."""

    ASC = "asc"
    DESC = "desc"


@final
@dataclass(frozen=True, slots=True)
class DedupSort:
    """Of several rows with one key, the one with the highest (desc) or lowest (asc) value in *column* wins."""

    column: str
    order: Order

    # Only values of one column are compared, which have one type.
    def loses(self, value: Any, best: Any) -> bool:
        """Whether a later row with *value* loses to one with the *best* value so far; it wins if they are equal.

        Null loses to any value. nan is higher than any number, as in Iceberg's sort orders and in duckdb.
        """
        if value is None or best is None:
            return value is None and best is not None
        one, other = _rank(value), _rank(best)
        return one < other if self.order is Order.DESC else one > other

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Result[DedupSort, Invalid]:
        """The sort of one column and its order, such as `{"updated_at": "desc"}`."""
        orders = {order.value: order for order in Order}
        if len(given) == 1 and all(column.strip() and order in orders for column, order in given.items()):
            ((column, order),) = given.items()
            return Success(cls(column, orders[order]))
        return Failure(
            Invalid(
                "dedup_sort", str(dict(given)), "one column and its order: {column: desc} or {column: asc}"
            )
        )


def _rank(value: Any) -> tuple[bool, Any]:
    """What orders *value* among others of its column; nan itself cannot be compared."""
    is_nan = isinstance(value, float) and math.isnan(value)
    return (is_nan, None if is_nan else value)
