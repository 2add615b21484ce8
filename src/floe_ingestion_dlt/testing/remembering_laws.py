"""The laws of a destination that remembers tables for one step of a load."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa
import pytest

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.load import Absent, Load, TableWrite
from floe_ingestion_dlt.domain.resets import Return, TableReturn
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.write_modes import Append
from floe_ingestion_dlt.ports.destination import Destination
from floe_ingestion_dlt.testing.lab import Lab, append, replacement
from floe_ingestion_dlt.testing.laws import ONE, ORDERS

FENCED: Final = Load("fenced", (TableWrite(ORDERS, Append(), ()),))


def _add_rows(lab: Lab, to: Destination) -> None:
    commit_once(append(lab, ORDERS, ONE, "2"), to).unwrap()


def _replace_rows(lab: Lab, to: Destination) -> None:
    commit_once(replacement(lab, ORDERS, pa.table({"id": [7, 8]}), "2"), to).unwrap()


def _add_column(_: Lab, to: Destination) -> None:
    to.evolve(ORDERS, TableSchema((Column("id", Scalar.LONG), Column("new", Scalar.STRING)))).unwrap()


def _fence(_: Lab, to: Destination) -> None:
    to.fence(FENCED).unwrap()


def _go_back(lab: Lab, to: Destination) -> None:
    commit_once(append(lab, ORDERS, ONE, "2"), lab.destination).unwrap()
    seen = lab.destination.snapshots_of(ORDERS).unwrap()
    assert seen is not None
    newest, *_, first = (snapshot.id for snapshot in seen.newest_first)
    to.go_back(Return("reset", (TableReturn(ORDERS, newest, first),))).unwrap()


def _drop_table(_: Lab, to: Destination) -> None:
    to.drop_table(ORDERS).unwrap()


def _drop_namespace(_: Lab, to: Destination) -> None:
    to.drop_namespace(ORDERS.namespace).unwrap()


def _compact(lab: Lab, to: Destination) -> None:
    commit_once(append(lab, ORDERS, ONE, "2"), lab.destination).unwrap()
    to.compact(ORDERS).unwrap()


CHANGES: Final[tuple[Callable[[Lab, Destination], None], ...]] = (
    _add_rows,
    _replace_rows,
    _add_column,
    _fence,
    _go_back,
    _drop_table,
    _drop_namespace,
    _compact,
)


class RememberingLaws:
    """A destination for one step shows what it changed itself; one for the next step shows what others changed."""

    @pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
    def test_a_table_that_the_step_changed_is_described_as_it_is_now(
        self, lab: Lab, change: Callable[[Lab, Destination], None]
    ) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        step = lab.destination.remembering()
        before = step.describe(ORDERS).unwrap()
        change(lab, step)
        now = lab.destination.describe(ORDERS)
        assert now == step.describe(ORDERS)
        assert before != now.unwrap()

    def test_a_table_that_the_step_looked_for_a_load_in_is_described_as_it_is_now(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        step = lab.destination.remembering()
        before = step.describe(ORDERS).unwrap()
        other = append(lab, ORDERS, ONE, "2")
        commit_once(other, lab.destination).unwrap()
        step.look(other).unwrap()
        assert lab.destination.describe(ORDERS) == step.describe(ORDERS)
        assert before != step.describe(ORDERS).unwrap()

    def test_the_next_step_describes_a_table_as_others_left_it(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        lab.destination.remembering().describe(ORDERS).unwrap()
        commit_once(append(lab, ORDERS, ONE, "2"), lab.destination).unwrap()
        described = lab.destination.remembering().describe(ORDERS).unwrap()
        assert described is not None
        assert 2 * ONE.num_rows == described.rows

    def test_rows_are_scanned_as_they_are_now(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        step = lab.destination.remembering()
        step.describe(ORDERS).unwrap()
        commit_once(append(lab, ORDERS, ONE, "2"), lab.destination).unwrap()
        assert 2 * ONE.num_rows == pa.table(step.scan(ORDERS).unwrap()).num_rows

    def test_a_commit_on_what_is_remembered_is_refused_if_another_was_first(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, ONE, "1"), lab.destination).unwrap()
        step = lab.destination.remembering()
        load = append(lab, ORDERS, ONE, "2")
        base = step.look(load).unwrap()
        assert isinstance(base, Absent)
        step.describe(ORDERS).unwrap()
        commit_once(append(lab, ORDERS, ONE, "3"), lab.destination).unwrap()
        step.commit(load, base).failure()
        described = step.describe(ORDERS).unwrap()
        assert described is not None
        assert 2 * ONE.num_rows == described.rows
