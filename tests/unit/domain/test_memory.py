"""What loads get of the memory."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.memory import DEFAULT_MEMORY, FEWEST, MIB, STARTED, memory_of

LIMITS = st.integers(1, 64 * 1024 * MIB)
LOADS = st.integers(1, 64)


@given(LIMITS, LOADS)
def test_a_limit_is_refused_exactly_if_some_load_would_get_too_little(limit: int, loads: int) -> None:
    memory = memory_of(limit, loads)
    assert isinstance(memory, Success) is (limit >= STARTED + loads * FEWEST)
    if isinstance(memory, Failure):
        least = int(memory.failure().partition(" at least ")[2].partition("MiB")[0]) * MIB
        assert isinstance(memory_of(least, loads), Success)
        assert isinstance(memory_of(least - MIB, loads), Failure)


@given(LIMITS, LOADS)
def test_the_parts_of_all_loads_together_are_within_the_limit(limit: int, loads: int) -> None:
    memory = memory_of(limit, loads).value_or(None)
    if memory is not None:
        # a merge joins keys, and holds some tables of rows
        assert STARTED + loads * (memory.join + 8 * memory.table) <= limit


@given(LIMITS, LIMITS, LOADS)
def test_more_memory_is_never_less_for_a_step(one: int, two: int, loads: int) -> None:
    low, high = (memory_of(limit, loads).value_or(DEFAULT_MEMORY) for limit in sorted((one, two)))
    if low is not DEFAULT_MEMORY:
        assert low.table <= high.table
        assert low.join <= high.join


@given(LOADS)
def test_without_a_limit_there_is_enough_for_all_loads(loads: int) -> None:
    memory = memory_of(None, loads).unwrap()
    assert memory.limit >= DEFAULT_MEMORY.limit
    assert memory_of(memory.limit, loads) == Success(memory)


def test_by_default_row_groups_have_64_mib_and_joins_256() -> None:
    assert (64 * MIB, 256 * MIB) == (DEFAULT_MEMORY.table, DEFAULT_MEMORY.join)
