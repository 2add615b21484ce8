"""The laws of deletes that nobody flagged: rows of the table go if the source has their keys no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest

from floe_ingestion_dlt.adapters.arrow.stubs import Array
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import DeletesRefused, KeysOutdated, MergeRefused
from floe_ingestion_dlt.domain.load import Landed, Load, Receipt, TableMode, TableWrite
from floe_ingestion_dlt.domain.merge import (
    INSERT_ONLY,
    SCD2,
    UPSERT,
    MaxDeletes,
    MergeNested,
    MergeRows,
    MergeVersions,
    MissingRows,
)
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.testing.lab import Lab, append, file_of, rows_of, staged
from floe_ingestion_dlt.testing.merge_laws import LINES, ORDERS, in_table, orders

ANY = MaxDeletes.parse("100%").unwrap()
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
BERLIN = dt.timezone(dt.timedelta(hours=1))

# Two keys in the type of a table, and the first of them in a type of the source.
KEYS = [
    (pa.array([1, 2], pa.int64()), pa.array([1], pa.int32())),
    (pa.array(["a", "A"]), pa.array(["a"], pa.large_string())),
    (pa.array(["é", "e\u0301"]), pa.array(["é"])),
    (pa.array(["", " "]), pa.array([""])),
    (pa.array([1.5, float("nan")]), pa.array([1.5])),
    (pa.array([float("nan"), 1.5]), pa.array([float("nan")])),
    (pa.array([0.0, 1.5]), pa.array([-0.0])),
    (
        pa.array([Decimal("1.00"), Decimal("2.00")], pa.decimal128(10, 2)),
        pa.array([Decimal("1.0")], pa.decimal128(5, 1)),
    ),
    (
        pa.array([AT, AT + dt.timedelta(hours=1)], pa.timestamp("us", "UTC")),
        pa.array([AT.astimezone(BERLIN)], pa.timestamp("us", "+01:00")),
    ),
    (pa.array([dt.date(2026, 1, 1), dt.date(2026, 1, 2)]), pa.array([dt.date(2026, 1, 1)])),
    (pa.array([b"\x00", b"\x00\x00"]), pa.array([b"\x00"])),
    (pa.array([UUID(int=1).bytes, UUID(int=2).bytes], pa.uuid()), pa.array([UUID(int=1).bytes], pa.uuid())),
]


def keys_of(lab: Lab, *keys: int | None) -> tuple[Path, ...]:
    """A file with the keys that the source has; without any, no file."""
    return (file_of(lab, pa.table({"id": pa.array(keys, pa.int64())})),) if keys else ()


def load_of(lab: Lab, rows: pa.Table | None, load_id: str, how: TableMode) -> Load:
    files = () if rows is None else (staged(lab, ORDERS, rows, load_id),)
    return Load(load_id, (TableWrite(ORDERS, how, files),))


def by_id(missing: MissingRows) -> MergeRows:
    return MergeRows(UPSERT, ("id",), missing=missing)


def with_orders(lab: Lab, keys: Sequence[int]) -> Lab:
    rows = orders(*((key, "new") for key in keys))
    commit_once(append(lab, ORDERS, rows, "0"), lab.destination).unwrap()
    return lab


def with_flag(lab: Lab, *rows: tuple[int, bool | None]) -> Lab:
    """A table of orders with a flag."""
    table = pa.table(
        {"id": [key for key, _ in rows], "gone": pa.array([flag for _, flag in rows], pa.bool_())}
    )
    commit_once(append(lab, ORDERS, table, "0"), lab.destination).unwrap()
    return lab


def landed(lab: Lab, load: Load) -> Receipt:
    receipt, *_ = commit_once(load, lab.destination).unwrap()
    return receipt


class MissingLaws:
    """Rows whose keys are gone are deleted or flagged in the snapshot of the load, up to a limit, and never all by mistake."""

    def test_without_other_keys_the_rows_of_the_load_are_all_of_the_source(self, lab: Lab) -> None:
        load = load_of(
            with_orders(lab, range(10)),
            orders(*((key, "paid") for key in range(1, 11))),
            "1",
            by_id(MissingRows()),
        )
        receipt = landed(lab, load)
        assert [(key, "paid") for key in range(1, 11)] == sorted(in_table(lab))
        assert (10, 1, 2) == (receipt.rows, receipt.deleted, lab.snapshots(ORDERS))

    def test_keys_that_are_read_apart_keep_rows_that_the_load_lacks(self, lab: Lab) -> None:
        keys = keys_of(with_orders(lab, range(10)), *range(1, 10), None)
        receipt = landed(lab, load_of(lab, orders((11, "new")), "1", by_id(MissingRows(keys=keys))))
        assert [*range(1, 10), 11] == sorted(row["id"] for row in rows_of(lab, ORDERS))
        assert (1, 1, 2) == (receipt.rows, receipt.deleted, lab.snapshots(ORDERS))

    def test_rows_go_also_if_the_load_has_no_row(self, lab: Lab) -> None:
        keys = keys_of(with_orders(lab, range(10)), *range(9))
        receipt = landed(lab, load_of(lab, None, "1", by_id(MissingRows(keys=keys))))
        assert [*range(9)] == sorted(row["id"] for row in rows_of(lab, ORDERS))
        assert (0, 1) == (receipt.rows, receipt.deleted)

    def test_a_load_that_finds_nothing_gone_makes_no_snapshot(self, lab: Lab) -> None:
        keys = keys_of(with_orders(lab, range(3)), *range(3))
        load = load_of(lab, None, "1", by_id(MissingRows(keys=keys)))
        assert 0 == landed(lab, load).deleted
        assert 1 == lab.snapshots(ORDERS)
        assert isinstance(lab.destination.look(load).unwrap(), Landed)

    def test_a_load_that_is_repeated_deletes_once(self, lab: Lab) -> None:
        keys = keys_of(with_orders(lab, range(10)), *range(9))
        load = load_of(lab, None, "1", by_id(MissingRows(keys=keys)))
        first = landed(lab, load)
        commit_once(append(lab, ORDERS, orders((9, "again")), "2"), lab.destination).unwrap()
        assert first == landed(lab, load)
        assert (9, "again") in in_table(lab)

    def test_a_row_that_is_in_the_load_only_stays(self, lab: Lab) -> None:
        keys = keys_of(with_orders(lab, range(10)), *range(10))
        landed(lab, load_of(lab, orders((10, "new")), "1", by_id(MissingRows(keys=keys))))
        assert [*range(11)] == sorted(row["id"] for row in rows_of(lab, ORDERS))

    def test_more_rows_than_the_limit_refuse_the_load(self, lab: Lab) -> None:
        keys = keys_of(with_orders(lab, range(10)), *range(8))
        load = load_of(lab, orders((1, "paid")), "1", by_id(MissingRows(keys=keys)))
        assert DeletesRefused(str(ORDERS), "1", 2, 10, "10%") == commit_once(load, lab.destination).failure()
        assert [(key, "new") for key in range(10)] == sorted(in_table(lab))
        allowed = by_id(MissingRows(MaxDeletes(rows=2), keys=keys))
        assert 2 == landed(lab, load_of(lab, None, "2", allowed)).deleted

    @pytest.mark.parametrize("nothing", [(), (None, None)])
    def test_a_source_without_a_key_never_empties_a_table(
        self, lab: Lab, nothing: tuple[int | None, ...]
    ) -> None:
        keys = keys_of(with_orders(lab, range(3)), *nothing)
        landed(lab, load_of(lab, None, "1", by_id(MissingRows(ANY, keys=keys))))
        landed(lab, load_of(lab, None, "2", by_id(MissingRows(ANY))))
        landed(lab, load_of(lab, orders((1, "paid")), "3", by_id(MissingRows(ANY, keys=keys))))
        assert [(0, "new"), (1, "paid"), (2, "new")] == sorted(in_table(lab))

    def test_rows_of_the_table_without_a_key_stay(self, lab: Lab) -> None:
        commit_once(append(lab, ORDERS, orders((None, "old"), (1, "old")), "0"), lab.destination).unwrap()
        receipt = landed(lab, load_of(lab, orders((2, "new")), "1", by_id(MissingRows(ANY))))
        assert [(2, "new"), (None, "old")] == sorted(in_table(lab), key=str)
        assert 1 == receipt.deleted

    @pytest.mark.parametrize(("there", "sent"), KEYS, ids=lambda found: f"{found.type}-{found[0]}")
    def test_keys_are_compared_by_value_in_the_types_of_the_table(
        self, lab: Lab, there: Array, sent: Array
    ) -> None:
        rows = pa.table({"id": there, "place": [0, 1]})
        commit_once(append(lab, ORDERS, rows, "0"), lab.destination).unwrap()
        keys = (file_of(lab, pa.table({"other": pa.nulls(1), "id": sent})),)
        landed(lab, load_of(lab, None, "1", by_id(MissingRows(ANY, keys=keys))))
        assert [0] == [row["place"] for row in rows_of(lab, ORDERS)]

    def test_a_key_may_have_several_columns(self, lab: Lab) -> None:
        rows = pa.table({"shop": ["a", "a", "b"], "id": [1, 2, 1]})
        commit_once(append(lab, ORDERS, rows, "0"), lab.destination).unwrap()
        keys = (file_of(lab, pa.table({"id": [1, 1, None], "shop": ["b", "a", "a"]})),)
        how = MergeRows(UPSERT, ("shop", "id"), missing=MissingRows(ANY, keys=keys))
        landed(lab, load_of(lab, None, "1", how))
        assert [("a", 1), ("b", 1)] == sorted(in_table(lab))

    def test_keys_of_another_type_refuse_the_load(self, lab: Lab) -> None:
        keys = (file_of(with_orders(lab, range(3)), pa.table({"id": ["1", "x"]})),)
        load = load_of(lab, None, "1", by_id(MissingRows(ANY, keys=keys)))
        refused = commit_once(load, lab.destination).failure()
        assert isinstance(refused, MergeRefused)
        assert "column id" in refused.message
        assert 3 == len(in_table(lab))

    def test_nested_rows_go_with_their_root_rows(self, lab: Lab) -> None:
        roots = pa.table({"id": [1, 2], "_dlt_id": ["r1", "r2"]})
        lines = pa.table({"_dlt_parent_id": ["r1", "r2", "r2"], "place": [0, 1, 2]})
        first = (append(lab, ORDERS, roots, "0").writes[0], append(lab, LINES, lines, "0").writes[0])
        commit_once(Load("0", first), lab.destination).unwrap()
        missing = MissingRows(ANY, keys=keys_of(lab, 1))
        root = TableWrite(ORDERS, MergeRows(UPSERT, ("id",), row_id="_dlt_id", missing=missing), ())
        nested = TableWrite(LINES, MergeNested(ORDERS, "_dlt_parent_id"), ())
        commit_once(Load("1", (root, nested)), lab.destination).unwrap()
        assert [(1, "r1")] == in_table(lab)
        assert [("r1", 0)] == in_table(lab, LINES)

    def test_a_table_that_has_changed_since_refuses_the_keys(self, lab: Lab) -> None:
        state = with_orders(lab, range(10)).destination.describe(ORDERS).unwrap()
        assert state is not None
        how = by_id(MissingRows(keys=keys_of(lab, *range(10)), read_at=state.version))
        commit_once(append(lab, ORDERS, orders((10, "new")), "other"), lab.destination).unwrap()
        refused = commit_once(load_of(lab, None, "1", how), lab.destination).failure()
        assert KeysOutdated(str(ORDERS), "1") == refused
        assert refused.reads_again
        assert 11 == len(in_table(lab))

    def test_a_table_that_is_as_it_was_takes_them(self, lab: Lab) -> None:
        state = with_orders(lab, range(10)).destination.describe(ORDERS).unwrap()
        assert state is not None
        how = by_id(MissingRows(keys=keys_of(lab, *range(9)), read_at=state.version))
        assert 1 == landed(lab, load_of(lab, None, "1", how)).deleted

    # -- flags

    def test_rows_that_are_gone_get_the_flag_and_stay(self, lab: Lab) -> None:
        with_flag(lab, (1, False), (2, None), (3, False), (4, True))
        how = by_id(MissingRows(ANY, "gone", keys_of(lab, 1)))
        receipt = landed(lab, load_of(lab, None, "1", how))
        assert [(1, False), (2, True), (3, True), (4, True)] == in_table(lab)
        assert (0, 2, 2) == (receipt.rows, receipt.deleted, lab.snapshots(ORDERS))

    def test_a_row_that_comes_back_loses_the_flag(self, lab: Lab) -> None:
        with_flag(lab, (1, True), (2, True), (3, None))
        rows = pa.table({"id": [1], "gone": [False]})
        how = by_id(MissingRows(ANY, "gone", keys_of(lab, 1, 2, 3)))
        assert 0 == landed(lab, load_of(lab, rows, "1", how)).deleted
        assert [(1, False), (2, False), (3, None)] == in_table(lab)

    def test_with_insert_only_a_row_that_comes_back_loses_the_flag_too(self, lab: Lab) -> None:
        with_flag(lab, (1, True), (2, False))
        rows = pa.table({"id": [1, 3], "gone": [False, False]})
        how = MergeRows(INSERT_ONLY, ("id",), missing=MissingRows(ANY, "gone"))
        landed(lab, load_of(lab, rows, "1", how))
        assert [(1, False), (2, True), (3, False)] == in_table(lab)

    def test_rows_that_are_flagged_already_do_not_count_for_the_limit(self, lab: Lab) -> None:
        with_flag(lab, *((key, key > 4) for key in range(10)))
        how = by_id(MissingRows(MaxDeletes.parse("20%").unwrap(), "gone", keys_of(lab, *range(4))))
        assert 1 == landed(lab, load_of(lab, None, "1", how)).deleted
        again = by_id(MissingRows(MaxDeletes.parse("20%").unwrap(), "gone", keys_of(lab, *range(3))))
        refused = commit_once(load_of(lab, None, "2", again), lab.destination).failure()
        assert DeletesRefused(str(ORDERS), "2", 1, 4, "20%") == refused

    def test_a_source_without_a_key_flags_nothing(self, lab: Lab) -> None:
        with_flag(lab, (1, True), (2, False))
        landed(lab, load_of(lab, None, "1", by_id(MissingRows(ANY, "gone", ()))))
        assert [(1, True), (2, False)] == in_table(lab)
        assert 1 == lab.snapshots(ORDERS)

    # -- versions

    def test_versions_end_whose_keys_are_gone(self, lab: Lab) -> None:
        with_versions(lab, 1, 2, 3)
        how = versions_of(MissingRows(ANY, keys=keys_of(lab, 1, 2)), day=2)
        receipt = landed(lab, load_of(lab, pa.table({"id": [2], "price": [20]}), "1", how))
        assert [(1, True), (2, False), (2, True), (3, False)] == valid(lab)
        assert (1, 1) == (receipt.rows, receipt.deleted)

    def test_more_versions_than_the_limit_refuse_the_load(self, lab: Lab) -> None:
        with_versions(lab, 1, 2, 3)
        for keys in (keys_of(lab, 1), None):
            how = versions_of(MissingRows(keys=keys), day=2)
            load = load_of(lab, pa.table({"id": [1], "price": [1]}), "1", how)
            refused = commit_once(load, lab.destination).failure()
            assert DeletesRefused(str(ORDERS), "1", 2, 3, "10%") == refused
        assert [(1, True), (2, True), (3, True)] == valid(lab)


def versions_of(missing: MissingRows | None, day: int) -> MergeVersions:
    at = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
    return MergeVersions(
        SCD2, ("id", "price"), "since", "until", at, key=("id",), scope=("id",), missing=missing
    )


def with_versions(lab: Lab, *keys: int) -> None:
    """A table with an active version of each key."""
    validity = (Column("since", Scalar.TIMESTAMPTZ), Column("until", Scalar.TIMESTAMPTZ))
    rows = pa.table({"id": keys, "price": keys})
    staged(lab, ORDERS, rows, "first")
    lab.destination.evolve(ORDERS, TableSchema(validity)).unwrap()
    landed(lab, load_of(lab, rows, "0", versions_of(None, day=1)))


def valid(lab: Lab) -> list[tuple[int, bool]]:
    """The key of each version, and whether it is active."""
    return sorted((row["id"], row["until"] is None) for row in rows_of(lab, ORDERS))
