from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.adapters.sources.json_columns import natural_type
from floe_ingestion_dlt.adapters.sources.json_values import MISFIT, fitted
from floe_ingestion_dlt.domain.nested_types import known_parts, nested_type, new_nested_type
from floe_ingestion_dlt.domain.schema import ColumnType

LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-10, 10) | st.text("ab", max_size=2)
)
OBJECTS = st.recursive(
    LEAVES,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from("xyz"), each),
    max_leaves=6,
)


def kind_of(value: object) -> ColumnType | None:
    return nested_type(value, natural_type)


@given(OBJECTS)
def test_a_value_fits_into_its_own_type(value: object) -> None:
    kind = kind_of(value)
    assert kind is None or str(kind) == "string" or fitted(known_parts(value, kind), kind) is not MISFIT


@given(
    st.lists(
        st.dictionaries(st.sampled_from("xyz"), st.integers(-9, 9) | st.floats(-9, 9), min_size=1), min_size=1
    )
)
def test_objects_of_numbers_share_a_type_in_any_order(values: list[object]) -> None:
    kinds = [kind for value in values if (kind := kind_of(value)) is not None]
    kind = new_nested_type(kinds)
    assert kind == new_nested_type(kinds[::-1])
    assert all(fitted(value, kind) is not MISFIT for value in values)


@pytest.mark.parametrize("value", [None, [], {}, [None], {"a": None}, {"a": []}, [{}]])
def test_without_a_value_there_is_no_type(value: object) -> None:
    assert kind_of(value) is None


@pytest.mark.parametrize("value", [[1, "x"], [{"a": 1}, {"a": "x"}], {"a": [1, "x"]}])
def test_lists_of_items_with_nothing_in_common_are_texts(value: object) -> None:
    assert "string" == str(kind_of(value))
