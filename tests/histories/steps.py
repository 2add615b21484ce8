"""Steps of a history: what happens to the source, to the table and to the host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

from floe_ingestion_dlt import DltIngestionPlugin
from floe_ingestion_dlt.ports.milestones import Milestone
from tests.platforms import Platform

# Moments at which the thread of the run itself can be stopped; processes that are killed at every moment are another test.
MOMENTS: Final = (
    Milestone.EXTRACTED,
    Milestone.STAGED,
    Milestone.COMMITTED,
    Milestone.ROWS_IN,
    Milestone.BOOKS_KEPT,
)


class Died(BaseException):
    """The process has died."""


@contextmanager
def dying_at(platform: Platform, moment: Milestone) -> Iterator[DltIngestionPlugin]:
    """A plugin that dies at the moment, if its run comes to that."""

    def die(passed: Milestone, of: str) -> None:
        if passed is moment and "_dlt_" not in of:
            raise Died

    with suppress(Died):
        yield platform.a_plugin(milestones=die)


@contextmanager
def another_host_at(
    platform: Platform, moment: Milestone, loads: Callable[[DltIngestionPlugin], None]
) -> Iterator[DltIngestionPlugin]:
    """A plugin beside which another host *loads* at the moment, or after the run if that does not come to the moment."""
    waiting = [moment]

    def notice(passed: Milestone, of: str) -> None:
        if passed in waiting and "_dlt_" not in of:
            load()

    def load() -> None:
        waiting.clear()
        # dlt has one active pipeline in each thread
        with ThreadPoolExecutor(1) as thread:
            thread.submit(loads, other).result()

    other = platform.a_plugin(pipelines_dir=str(platform.folder / "another-host"))
    try:
        yield platform.a_plugin(milestones=notice)
        if waiting:
            load()
    finally:
        other.shutdown()


@dataclass(frozen=True)
class Insert:
    """New rows, so many places after the last one: 0 is a tie, and less is late. None is null in the cursor."""

    after: tuple[int | None, ...]


@dataclass(frozen=True)
class Update:
    """The row of this number changes, and gets a place after the last one, or keeps its place; with None it keeps null."""

    number: int
    after: int | None


@dataclass(frozen=True)
class Delete:
    number: int


@dataclass(frozen=True)
class AddColumn:
    pass


@dataclass(frozen=True)
class RollBack:
    pass


@dataclass(frozen=True)
class MoveToAnotherHost:
    pass


@dataclass(frozen=True)
class Load:
    """A run; with a *window* of places, or as a *refresh*. It may die at a moment, and is then repeated.

    At the moment *beside*, another host loads: all that is new, or the *window*.
    """

    window: tuple[int, int] | None = None
    refresh: bool = False
    dies: Milestone | None = None
    beside: Milestone | None = None


Step: TypeAlias = Insert | Update | Delete | AddColumn | RollBack | MoveToAnotherHost | Load

_PLACES = st.integers(-3, 3)
_WINDOWS = st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda found: (found[0], sum(found)))
_BESIDE = st.sampled_from((Milestone.EXTRACTED, Milestone.STAGED))
_LOADS = st.one_of(
    st.just(Load()),
    st.just(Load()),
    st.just(Load(refresh=True)),
    st.sampled_from(MOMENTS).map(lambda moment: Load(dies=moment)),
    _WINDOWS.map(lambda window: Load(window=window)),
    st.builds(lambda moment, window: Load(window, beside=moment), _BESIDE, st.none() | _WINDOWS),
)
_CHANGES = st.one_of(
    st.lists(st.none() | _PLACES, min_size=1, max_size=3).map(lambda after: Insert(tuple(after))),
    st.builds(Update, st.integers(0, 9), st.none() | st.integers(0, 2)),
    st.builds(Delete, st.integers(0, 9)),
    st.just(AddColumn()),
    st.just(RollBack()),
    st.just(MoveToAnotherHost()),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Any]:
    """Changes with a load after each few of them."""
    parts = draw(st.lists(st.tuples(st.lists(_CHANGES, max_size=2), _LOADS), min_size=2, max_size=4))
    return [step for changes, load in parts for step in (*changes, load)]
