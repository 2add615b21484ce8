"""Numbers of CSV files in the type of their column: the first that does not fit is found, and found fast."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.arrow.exact_casts import cast_exactly
from floe_ingestion_dlt.adapters.sources.filesystem import csv_numbers
from floe_ingestion_dlt.adapters.sources.filesystem.csv_numbers import Numbers

KIND = pa.decimal128(10, 2)
TEXTS = st.lists(st.sampled_from(["1.5", " 2", None, "1e3", "x", "1.234", "123456789"]), max_size=30)


@given(TEXTS)
def test_the_first_text_that_does_not_fit_is_found(texts: list[str | None]) -> None:
    column = Numbers(".", None).column(pa.chunked_array([texts], pa.string()), KIND)
    wrong = [place for place, text in enumerate(texts) if text in {"x", "1.234", "123456789"}]
    assert (wrong[0] if wrong else None) == (column if isinstance(column, int) else None)


@pytest.mark.parametrize("place", [0, 65_537, 99_999])
def test_few_looks_find_it_among_many(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    looks = list[int]()

    def counted(texts: Any, kind: pa.DataType) -> Any:
        looks.append(len(texts))
        return cast_exactly(texts, kind)

    monkeypatch.setattr(csv_numbers, "cast_exactly", counted)
    texts = ["1.5"] * 100_000
    texts[place] = "x"
    assert place == Numbers(".", None).column(pa.chunked_array([texts]), KIND)
    assert len(looks) <= 20
