"""Which of several rows with one key wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import final

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
