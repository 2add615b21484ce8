"""Arrow decides about each value of a hard_delete column as the domain does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.iceberg.merge.flags import deletions
from floe_ingestion_dlt.domain.merge.flags import deletes
from tests.unit.domain.test_flags import texts

numbers = st.sampled_from([0, 1, 2, -1, 10])
KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.bool_(), st.booleans()),
    (pa.int32(), numbers),
    (pa.int64(), numbers),
    (pa.float32(), st.sampled_from([0.0, -0.0, 1.0, 0.5, float("nan"), float("inf")])),
    (pa.float64(), st.floats() | numbers.map(float)),
    (pa.decimal128(38, 20), st.sampled_from([Decimal(0), Decimal(1), Decimal("1.00000000000000000001")])),
    (pa.decimal128(2, 2), st.sampled_from([Decimal("0.00"), Decimal("0.99")])),
    (pa.decimal128(38, 0), numbers.map(Decimal)),
    (pa.string(), texts),
    (pa.large_string(), texts),
    (pa.date32(), st.dates()),
    (pa.timestamp("us"), st.datetimes()),
    (pa.timestamp("us", "UTC"), st.datetimes(timezones=st.just(dt.UTC))),
    (pa.time64("us"), st.times()),
    (pa.binary(), st.binary(max_size=2)),
    (pa.list_(pa.int64()), st.lists(numbers, max_size=2)),
]


@pytest.mark.parametrize(("kind", "values"), KINDS, ids=lambda found: str(found)[:20])
@given(data=st.data())
def test_arrow_and_the_domain_agree_about_every_value(
    kind: pa.DataType, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    given_ = data.draw(st.lists(st.none() | values, max_size=6))
    assert list(map(deletes, given_)) == deletions(pa.array(given_, kind)).to_pylist()


@given(st.text(max_size=4))
@example("\x1cy\x1f")
@example("\u2003y")
@example("Y\u0130")
def test_they_agree_about_any_text(text: str) -> None:
    assert [deletes(text)] == deletions(pa.array([text])).to_pylist()
