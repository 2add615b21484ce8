from __future__ import annotations

import pytest

from floe_ingestion_dlt.domain.contracts import Projection
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.required_columns import unfilled

ORDERS = TableName(("bronze",), "orders")
FILLED = Projection((("id", "id"), ("größe", "größe__v_text")), ("more",))


@pytest.mark.parametrize(
    ("required", "nulls", "expected"),
    [
        ((), ("id",), None),
        (("id",), (), None),
        (("id",), ("größe",), None),
        (("größe__v_text",), ("größe",), "requires größe__v_text, but the source sends nulls"),
        (("id",), ("id",), "requires id, but the source sends nulls"),
        (("id", "at"), (), "requires at, but the source does not send"),
        (("größe",), (), "requires größe, but the source sends größe as another type"),
        (("more",), (), "requires more, but the source sends more as another type"),
    ],
)
def test_a_required_column_is_filled_or_the_file_is_refused(
    required: tuple[str, ...], nulls: tuple[str, ...], expected: str | None
) -> None:
    refused = unfilled(ORDERS, required, FILLED, nulls)
    assert (expected is None) is (refused is None)
    assert refused is None or expected is None or expected in refused.message
    assert refused is None or refused.category is Category.PERMANENT
