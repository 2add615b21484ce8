"""The laws of hard_delete: which values of a column mark a row as deleted, with each strategy."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.load import Load, TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import SCD2, STRATEGIES, UPSERT, MergeRows, MergeStrategy, MergeVersions
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.testing.lab import Lab, rows_of, staged
from floe_ingestion_dlt.testing.merge_laws import ORDERS

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ONCE = dt.date(2026, 1, 1)
Modes: TypeAlias = MergeRows | MergeVersions

# Rows 1 to 3 are not deleted, and row 4 is.
FLAGS = [
    pa.array([False, False, None, True]),
    pa.array([0, 0, None, 1], pa.int64()),
    pa.array([0.0, -0.0, None, 1.0]),
    pa.array([Decimal("0.0"), Decimal("0.0"), None, Decimal("1.0")], pa.decimal128(10, 1)),
    pa.array(["N", "", None, "Y"]),
    pa.array(["false", " 0 ", "no", " Deleted "]),
    pa.array([None, None, None, ONCE]),
    pa.array([None, None, None, AT], pa.timestamp("us", "UTC")),
]
UNCLEAR = [
    pa.array([0, 2, 1], pa.int64()),
    pa.array([0.0, float("nan"), 1.0]),
    pa.array(["N", "X", "Y"]),
    pa.array(["", "2026-01-01", ""]),
    pa.array([None, b"1", None]),
]


def flagged_by(strategy: MergeStrategy, at: dt.datetime = AT) -> Modes:
    """A merge of this strategy by id, with the column `gone` as its flag."""
    if strategy is SCD2:
        return MergeVersions(
            SCD2, ("id",), "since", "until", at, key=("id",), scope=("id",), hard_delete="gone"
        )
    assert isinstance(strategy, type(UPSERT))
    return MergeRows(strategy, ("id",), hard_delete="gone")


def load_of(lab: Lab, rows: pa.Table, how: TableMode, load_id: str) -> Load:
    return Load(load_id, (TableWrite(ORDERS, how, (staged(lab, ORDERS, rows, load_id),)),))


def with_table(lab: Lab, flags: Array) -> Lab:
    """The lab with a table that is empty."""
    kind = pa.table({"id": [1], "gone": flags.slice(0, 1)})
    staged(lab, ORDERS, kind, "0")
    validity = (Column("since", Scalar.TIMESTAMPTZ), Column("until", Scalar.TIMESTAMPTZ))
    lab.destination.evolve(ORDERS, TableSchema(validity)).unwrap()
    return lab


def valid_ids(lab: Lab) -> list[int]:
    return sorted(row["id"] for row in rows_of(lab, ORDERS) if row["until"] is None)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda found: found.name)
class FlagLaws:
    """A row is deleted if the value of its flag says so, and a load whose flags are not understood is refused."""

    @pytest.mark.parametrize("flags", FLAGS, ids=lambda found: f"{found.type}-{found[3]}")
    def test_only_rows_whose_flag_says_so_are_not_added(
        self, lab: Lab, flags: Array, strategy: MergeStrategy
    ) -> None:
        rows = pa.table({"id": [1, 2, 3, 4], "gone": flags})
        commit_once(
            load_of(with_table(lab, flags), rows, flagged_by(strategy), "1"), lab.destination
        ).unwrap()
        assert [1, 2, 3] == valid_ids(lab)

    @pytest.mark.parametrize("flags", UNCLEAR, ids=lambda found: f"{found.type}-{found[1]}")
    def test_a_flag_that_does_not_say_it_refuses_the_load(
        self, lab: Lab, flags: Array, strategy: MergeStrategy
    ) -> None:
        rows = pa.table({"id": [1, 2, 3], "gone": flags})
        load = load_of(with_table(lab, flags), rows, flagged_by(strategy), "1")
        refused = commit_once(load, lab.destination).failure()
        assert isinstance(refused, MergeRefused)
        assert "1 rows have a value in gone that does not say" in refused.message
        assert "true, 1, a date" in refused.next_step
        assert [] == valid_ids(lab)

    def test_a_flag_of_another_type_than_the_tables_refuses_the_load(
        self, lab: Lab, strategy: MergeStrategy
    ) -> None:
        with_table(lab, pa.array([0], pa.int64()))
        lab.destination.evolve(ORDERS, TableSchema((Column("gone__v_text", Scalar.STRING),))).unwrap()
        rows = pa.table({"id": [1, 2], "gone": ["Y", "N"]})
        refused = commit_once(load_of(lab, rows, flagged_by(strategy), "1"), lab.destination).failure()
        assert isinstance(refused, MergeRefused)
        assert "2 rows have a value in gone__v_text and none in gone" in refused.message

    @pytest.mark.parametrize("flags", FLAGS, ids=lambda found: f"{found.type}-{found[3]}")
    def test_a_flagged_row_removes_the_tables_row_unless_the_strategy_keeps_it(
        self, lab: Lab, flags: Array, strategy: MergeStrategy
    ) -> None:
        how = flagged_by(strategy)
        with_table(lab, flags)
        before = pa.table({"id": [1, 4, 9], "gone": flags.take([0, 0, 0])})
        commit_once(load_of(lab, before, how, "1"), lab.destination).unwrap()
        if isinstance(how, MergeVersions):
            how = replace(how, at=AT + dt.timedelta(days=1))
        after = pa.table({"id": [1, 4], "gone": flags.take([0, 3])})
        commit_once(load_of(lab, after, how, "2"), lab.destination).unwrap()
        stays = isinstance(how, MergeRows) and not how.strategy.removes(is_matched=True)
        assert ([1, 4, 9] if stays else [1, 9]) == valid_ids(lab)
