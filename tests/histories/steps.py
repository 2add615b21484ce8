"""Steps of a history: what happens to the source, to the table and to the host."""

from __future__ import annotations

from collections.abc import Iterator
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


@dataclass(frozen=True)
class Insert:
    """New rows, so many places after the last one: 0 is a tie, and less is late."""

    after: tuple[int, ...]


@dataclass(frozen=True)
class Update:
    """The row of this number changes, and gets a place after the last one, or its place."""

    number: int
    after: int


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
    """A run; with a *window* of places, or as a *refresh*. It may die at a moment, and is then repeated."""

    window: tuple[int, int] | None = None
    refresh: bool = False
    dies: Milestone | None = None


Step: TypeAlias = Insert | Update | Delete | AddColumn | RollBack | MoveToAnotherHost | Load

_PLACES = st.integers(-3, 3)
_LOADS = st.one_of(
    st.just(Load()),
    st.just(Load()),
    st.just(Load(refresh=True)),
    st.sampled_from(MOMENTS).map(lambda moment: Load(dies=moment)),
    st.tuples(st.integers(0, 9), st.integers(1, 9)).map(lambda w: Load(window=(w[0], w[0] + w[1]))),
)
_CHANGES = st.one_of(
    st.lists(_PLACES, min_size=1, max_size=3).map(lambda after: Insert(tuple(after))),
    st.builds(Update, st.integers(0, 9), st.integers(0, 2)),
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
