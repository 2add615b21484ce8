"""The laws of tables that keep every version of a row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.load import Load, Receipt, TableWrite
from floe_ingestion_dlt.domain.merge import SCD2, MergeVersions
from floe_ingestion_dlt.domain.merge.strategy import ByVersion, MissingVersion
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.testing.lab import Lab, rows_of, staged

PRICES = TableName(("bronze",), "prices")
WHOLE = MergeVersions(SCD2, ("id", "price"), "since", "until", datetime(2026, 1, 1, tzinfo=UTC))
COLUMNS = TableSchema(
    (
        Column("id", Scalar.LONG),
        Column("price", Scalar.STRING),
        Column("since", Scalar.TIMESTAMPTZ),
        Column("until", Scalar.TIMESTAMPTZ),
    )
)


def load_of(lab: Lab, day: int, rows: list[tuple[int | None, str]], how: MergeVersions = WHOLE) -> Load:
    """A load of the given day."""
    lab.destination.evolve(PRICES, COLUMNS).unwrap()
    prices = pa.table(
        {
            "id": pa.array([key for key, _ in rows], pa.int64()),
            "price": pa.array([price for _, price in rows], pa.string()),
        }
    )
    at = datetime(2026, 1, day, tzinfo=UTC)
    files = (staged(lab, PRICES, prices, str(day)),)
    return Load(str(day), (TableWrite(PRICES, replace(how, at=at), files),))


def loaded(lab: Lab, day: int, rows: list[tuple[int | None, str]], how: MergeVersions = WHOLE) -> Receipt:
    (receipt,) = commit_once(load_of(lab, day, rows, how), lab.destination).unwrap()
    return receipt


def versions(lab: Lab) -> list[tuple[int, str, int, int | None]]:
    """Every version: id, price, and the days on which it began and ended."""
    return sorted(
        (row["id"], row["price"], row["since"].day, row["until"].day if row["until"] else None)
        for row in rows_of(lab, PRICES)
    )


class Scd2Laws:
    """Every version is kept, with the time from which and to which it was valid."""

    def test_the_first_versions_are_valid_from_the_load_on(self, lab: Lab) -> None:
        receipt = loaded(lab, 1, [(1, "a"), (2, "b")])
        assert [(1, "a", 1, None), (2, "b", 1, None)] == versions(lab)
        assert 2 == receipt.rows

    def test_a_changed_row_ends_a_version_and_begins_another(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a"), (2, "b")])
        receipt = loaded(lab, 2, [(1, "c"), (2, "b")])
        assert [(1, "a", 1, 2), (1, "c", 2, None), (2, "b", 1, None)] == versions(lab)
        assert (1, 2) == (receipt.rows, lab.snapshots(PRICES))

    def test_a_row_that_is_gone_ends(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a"), (2, "b")])
        loaded(lab, 2, [(2, "b")])
        assert [(1, "a", 1, 2), (2, "b", 1, None)] == versions(lab)

    def test_a_row_that_is_gone_goes_on_where_the_strategy_ends_none(self, lab: Lab) -> None:
        adding = ByVersion("adding", load_row="", table_row="", missing=MissingVersion.KEEP)
        how = replace(WHOLE, strategy=adding)
        loaded(lab, 1, [(1, "a"), (2, "b")], how)
        loaded(lab, 2, [(1, "c")], how)
        assert [(1, "a", 1, None), (1, "c", 2, None), (2, "b", 1, None)] == versions(lab)

    def test_a_row_that_is_gone_goes_on_where_the_load_tells_of_others_only(self, lab: Lab) -> None:
        changes = replace(WHOLE, key=("id",), scope=("id",))
        loaded(lab, 1, [(1, "a"), (2, "b")], changes)
        loaded(lab, 2, [(2, "c")], changes)
        assert [(1, "a", 1, None), (2, "b", 1, 2), (2, "c", 2, None)] == versions(lab)

    def test_a_version_that_comes_back_begins_anew(self, lab: Lab) -> None:
        for day, price in enumerate("aba", start=1):
            loaded(lab, day, [(1, price)])
        assert [(1, "a", 1, 2), (1, "a", 3, None), (1, "b", 2, 3)] == sorted(versions(lab), key=str)

    def test_nothing_new_makes_no_snapshot(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a")])
        receipt = loaded(lab, 2, [(1, "a")])
        assert (0, 1) == (receipt.rows, lab.snapshots(PRICES))

    def test_a_load_without_a_row_ends_nothing(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a")])
        loaded(lab, 2, [])
        assert [(1, "a", 1, None)] == versions(lab)

    def test_the_same_version_twice_in_a_load_is_one(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a"), (1, "a")])
        assert [(1, "a", 1, None)] == versions(lab)

    def test_of_rows_with_one_key_the_last_one_is_the_version(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a"), (1, "b")], replace(WHOLE, key=("id",)))
        assert [(1, "b", 1, None)] == versions(lab)

    def test_rows_with_one_key_are_refused_where_nested_tables_follow(self, lab: Lab) -> None:
        how = replace(WHOLE, key=("id",), has_nested=True)
        refused = commit_once(load_of(lab, 1, [(1, "a"), (1, "b")], how), lab.destination).failure()
        assert isinstance(refused, MergeRefused)
        assert [] == versions(lab)

    def test_a_row_without_a_key_refuses_the_load(self, lab: Lab) -> None:
        how = replace(WHOLE, key=("id",))
        refused = commit_once(load_of(lab, 1, [(None, "a")], how), lab.destination).failure()
        assert "no value in the key column id" in refused.message

    def test_a_flagged_row_ends_its_version_and_begins_none(self, lab: Lab) -> None:
        how = replace(WHOLE, key=("id",), scope=("id",), hard_delete="price")
        loaded(lab, 1, [(1, "a")], replace(how, hard_delete=None))
        loaded(lab, 2, [(1, "deleted"), (2, "deleted")], how)
        assert [(1, "a", 1, 2)] == versions(lab)

    def test_active_versions_may_have_a_date_far_away(self, lab: Lab) -> None:
        for_ever = replace(WHOLE, active=datetime(2026, 1, 31, tzinfo=UTC))
        loaded(lab, 1, [(1, "a")], for_ever)
        loaded(lab, 2, [(1, "b")], for_ever)
        assert [(1, "a", 1, 2), (1, "b", 2, 31)] == versions(lab)

    def test_a_lost_answer_begins_no_version_twice(self, lab: Lab) -> None:
        loaded(lab, 1, [(1, "a")])
        with lab.answering(Answer.LAND_AND_LOSE_THE_ANSWER):
            loaded(lab, 2, [(1, "b")])
        assert [(1, "a", 1, 2), (1, "b", 2, None)] == versions(lab)

    def test_a_null_is_a_value_like_any_other(self, lab: Lab) -> None:
        lab.destination.evolve(PRICES, COLUMNS).unwrap()
        for day in (1, 2):
            file = staged(lab, PRICES, pa.table({"id": [1]}), str(day))
            how = replace(WHOLE, at=datetime(2026, 1, day, tzinfo=UTC))
            commit_once(Load(str(day), (TableWrite(PRICES, how, (file,)),)), lab.destination).unwrap()
        assert [1] == [row["since"].day for row in rows_of(lab, PRICES)]
