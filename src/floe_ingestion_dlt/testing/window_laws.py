"""The laws of windows: a load replaces the rows whose value in one column lies in a range, and no other rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.memory import Answer
from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import CommitConflict, MergeRefused, WindowChanged
from floe_ingestion_dlt.domain.load import Absent, Load, TableWrite
from floe_ingestion_dlt.domain.merge import MergeNested, ReplaceWindow
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.testing.lab import Lab, append, rows_of, staged

EVENTS = TableName(("bronze",), "events")
PARTS = TableName(("bronze",), "events__parts")
VARIANT = TableSchema((Column("at__v_text", Scalar.STRING),))
TWENTIES = Window("at", 20, 30)


def events(*rows: tuple[int | None, str]) -> pa.Table:
    """Events with a time and a name."""
    return pa.table(
        {
            "at": pa.array([at for at, _ in rows], pa.int64()),
            "name": pa.array([name for _, name in rows], pa.string()),
        }
    )


def window(lab: Lab, load_id: str, rows: pa.Table | None, of: Window = TWENTIES) -> Load:
    """A load of a window; without *rows*, it has no file."""
    files = () if rows is None else (staged(lab, EVENTS, rows, load_id),)
    return Load(load_id, (TableWrite(EVENTS, ReplaceWindow(of), files),))


def read_at(load: Load, version: str) -> Load:
    """The load of a window whose rows were read when the table had this version."""
    writes = [(write, write.mode) for write in load.writes]
    return replace(
        load,
        writes=tuple(
            replace(write, mode=replace(mode, read_at=version))
            for write, mode in writes
            if isinstance(mode, ReplaceWindow)
        ),
    )


def version_of(lab: Lab) -> str:
    described = lab.destination.describe(EVENTS).unwrap()
    assert described is not None
    return described.version


def begun(lab: Lab, *rows: tuple[int | None, str]) -> None:
    """A table with these rows, each in a file of its own."""
    for number, row in enumerate(rows):
        commit_once(append(lab, EVENTS, events(row), f"row-{number}"), lab.destination).unwrap()


def names(lab: Lab) -> list[str]:
    return sorted(row["name"] for row in rows_of(lab, EVENTS))


class WindowLaws:
    """Windows may be loaded in any order, side by side and again."""

    def test_rows_in_the_window_go_and_all_others_stay(self, lab: Lab) -> None:
        begun(lab, (19, "before"), (20, "first"), (29, "last"), (30, "end"), (None, "null"))
        (receipt,) = commit_once(window(lab, "w", events((20, "a"), (29, "b"))), lab.destination).unwrap()
        assert ["a", "b", "before", "end", "null"] == names(lab)
        assert (2, 6) == (receipt.rows, lab.snapshots(EVENTS))

    def test_a_file_with_rows_inside_and_outside_keeps_the_others(self, lab: Lab) -> None:
        rows = events((10, "before"), (20, "first"), (None, "null"), (25, "in"), (40, "after"))
        commit_once(append(lab, EVENTS, rows, "1"), lab.destination).unwrap()
        commit_once(window(lab, "w", events((21, "a"))), lab.destination).unwrap()
        assert ["a", "after", "before", "null"] == names(lab)

    def test_a_window_of_one_text_has_no_other_text(self, lab: Lab) -> None:
        begun(lab, (1, "a"), (2, "A"), (3, "a "), (4, "ab"), (5, ""))
        rows = events((6, "a"), (7, "a\t"), (8, "a"))
        commit_once(window(lab, "w", rows, Window.of_value("name", "a")), lab.destination).unwrap()
        assert ["", "A", "a", "a", "a ", "ab"] == names(lab)

    def test_rows_of_the_load_outside_the_window_are_left_out(self, lab: Lab) -> None:
        begun(lab, (10, "before"))
        rows = events((19, "early"), (20, "in"), (30, "late"), (None, "null"))
        (receipt,) = commit_once(window(lab, "w", rows), lab.destination).unwrap()
        assert ["before", "in"] == names(lab)
        assert 1 == receipt.rows

    @pytest.mark.parametrize("rows", [None, events()], ids=["no file", "no row"])
    def test_a_load_without_rows_empties_the_window(self, lab: Lab, rows: pa.Table | None) -> None:
        begun(lab, (19, "before"), (20, "in"), (30, "after"))
        commit_once(window(lab, "w", rows), lab.destination).unwrap()
        assert ["after", "before"] == names(lab)

    def test_an_empty_window_without_rows_makes_no_snapshot(self, lab: Lab) -> None:
        begun(lab, (19, "before"))
        commit_once(window(lab, "w", None), lab.destination).unwrap()
        assert 1 == lab.snapshots(EVENTS)

    def test_a_window_again_replaces_its_own_rows(self, lab: Lab) -> None:
        begun(lab, (19, "before"))
        for load_id in ("once", "again"):
            commit_once(window(lab, load_id, events((20, "a"), (21, "b"))), lab.destination).unwrap()
        assert ["a", "b", "before"] == names(lab)

    def test_the_same_load_twice_lands_once(self, lab: Lab) -> None:
        begun(lab, (19, "before"))
        load = window(lab, "w", events((20, "a")))
        first = commit_once(load, lab.destination).unwrap()
        commit_once(append(lab, EVENTS, events((21, "later")), "2"), lab.destination).unwrap()
        assert first == commit_once(load, lab.destination).unwrap()
        assert ["a", "before", "later"] == names(lab)

    @pytest.mark.parametrize("answer", [Answer.LAND_AND_LOSE_THE_ANSWER, Answer.LOSE_THE_REQUEST])
    def test_a_lost_answer_neither_loses_nor_doubles_rows(self, lab: Lab, answer: Answer) -> None:
        begun(lab, (19, "before"), (25, "in"))
        load = window(lab, "w", events((20, "a")))
        with lab.answering(answer):
            commit_once(load, lab.destination).unwrap()
        assert (["a", "before"], 3) == (names(lab), lab.snapshots(EVENTS))

    def test_windows_side_by_side_keep_the_rows_of_each_other(self, lab: Lab) -> None:
        begun(lab, (0, "zero"))
        loads = [
            window(lab, str(tens), events((tens, f"{tens}")), Window("at", tens, tens + 10))
            for tens in (20, 10, 40, 30)
        ]
        bases = [lab.destination.look(load).unwrap() for load in loads]
        commit_once(loads[0], lab.destination).unwrap()
        for load, base in zip(loads[1:], bases[1:], strict=True):
            assert isinstance(base, Absent)
            assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
            commit_once(load, lab.destination).unwrap()
        assert ["10", "20", "30", "40", "zero"] == names(lab)

    def test_a_load_that_lost_a_race_replaces_the_rows_of_the_winner(self, lab: Lab) -> None:
        begun(lab, (19, "before"), (25, "in"))
        load = window(lab, "w", events((20, "a")))
        base = lab.destination.look(load).unwrap()
        assert isinstance(base, Absent)
        others = events((21, "raced"), (31, "raced outside"))
        commit_once(append(lab, EVENTS, others, "2"), lab.destination).unwrap()
        assert isinstance(lab.destination.commit(load, base).failure(), CommitConflict)
        commit_once(load, lab.destination).unwrap()
        assert ["a", "before", "raced outside"] == names(lab)

    def test_a_load_is_refused_if_others_changed_the_window_since_its_rows_were_read(self, lab: Lab) -> None:
        begun(lab, (19, "before"), (25, "in"))
        version = version_of(lab)
        commit_once(append(lab, EVENTS, events((21, "newer")), "2"), lab.destination).unwrap()
        refused = commit_once(read_at(window(lab, "w", events((20, "older"))), version), lab.destination)
        assert isinstance(refused.failure(), WindowChanged)
        assert ["before", "in", "newer"] == names(lab)
        commit_once(
            read_at(window(lab, "v", events((20, "again"))), version_of(lab)), lab.destination
        ).unwrap()
        assert ["again", "before"] == names(lab)

    def test_only_windows_with_the_same_values_are_in_each_others_way(self, lab: Lab) -> None:
        begun(lab, (19, "before"))
        version = version_of(lab)
        for start, expected in ((30, Success), (10, Success), (29, Failure), (19, Failure), (20, Success)):
            of = Window("at", start, start + 10)
            found = commit_once(
                read_at(window(lab, f"{start}", events((start, f"{start}")), of), version), lab.destination
            )
            assert isinstance(found, expected)
        assert ["10", "20", "30"] == names(lab)

    def test_the_first_window_of_an_empty_table_is_refused_if_another_load_was_first(self, lab: Lab) -> None:
        older = read_at(window(lab, "w", events((20, "older"))), "")
        commit_once(append(lab, EVENTS, events((21, "newer")), "2"), lab.destination).unwrap()
        assert isinstance(commit_once(older, lab.destination).failure(), WindowChanged)

    def test_a_refused_load_leaves_rows_as_they_were(self, lab: Lab) -> None:
        begun(lab, (25, "in"))
        load = window(lab, "w", events((20, "a")))
        with lab.answering(Answer.REFUSE):
            commit_once(load, lab.destination).failure()
        assert ["in"] == names(lab)

    @pytest.mark.parametrize(
        ("of", "wanted"),
        [
            (Window("gone", 1, 2), "one of the table's columns: at, name"),
            (Window("at", "a", "b"), "which is of type long"),
            (Window("name", date(2026, 1, 1), date(2026, 1, 2)), "which is of type string"),
        ],
    )
    def test_a_window_that_cannot_be_compared_refuses_the_load(
        self, lab: Lab, of: Window, wanted: str
    ) -> None:
        begun(lab, (25, "in"))
        refused = commit_once(window(lab, "w", events((20, "a")), of), lab.destination).failure()
        assert wanted in f"{refused.message}. {refused.next_step}"
        assert ["in"] == names(lab)

    def test_values_of_another_type_refuse_the_load(self, lab: Lab) -> None:
        begun(lab, (25, "in"))
        rows = pa.table({"at": [20, None], "at__v_text": [None, "soon"]})
        lab.destination.evolve(EVENTS, VARIANT).unwrap()
        refused = commit_once(window(lab, "w", rows), lab.destination).failure()
        assert isinstance(refused, MergeRefused)
        assert "1 rows have a value in at__v_text" in refused.message
        assert ["in"] == names(lab)

    @pytest.mark.parametrize(
        ("values", "start", "end"),
        [
            ([date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)], "2026-01-01", "2026-02-01"),
            (
                [datetime(2025, 12, 31, 23, 59, 59, 999999), datetime(2026, 1, 1), datetime(2026, 1, 31), datetime(2026, 2, 1)],  # noqa: DTZ001
                date(2026, 1, 1),
                date(2026, 2, 1),
            ),
            (
                [datetime(2025, 12, 31, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)],
                datetime(2026, 1, 1),  # noqa: DTZ001
                datetime(2026, 2, 1),  # noqa: DTZ001
            ),
            ([Decimal("0.99"), Decimal("1.00"), Decimal("1.99"), Decimal("2.00")], 1, 2),
            ([Decimal("0.10"), Decimal("0.11"), Decimal("0.12"), Decimal("0.13")], Decimal("0.101"), Decimal("0.121")),
            (["a", "aé", "b\U0001f600", "ć"], "aa", "c"),
            ([0.5, 1.0, 1.5, float("nan")], 1, 2),
        ],
        ids=["date", "timestamp", "timestamptz", "decimal", "finer decimal", "text", "double"],
    )  # fmt: skip
    def test_bounds_are_compared_in_the_type_of_the_column(
        self, lab: Lab, values: list[object], start: object, end: object
    ) -> None:
        rows = pa.table({"at": values, "name": ["before", "first", "last", "end"]})
        commit_once(append(lab, EVENTS, rows, "1"), lab.destination).unwrap()
        of = Window("at", start, end)  # type: ignore[arg-type]  # of many types
        commit_once(window(lab, "w", None, of), lab.destination).unwrap()
        assert ["before", "end"] == [row["name"] for row in rows_of(lab, EVENTS)]


class NestedWindowLaws:
    """Nested rows are removed and added with the root rows that a window replaces."""

    def test_nested_rows_follow_the_rows_of_the_window(self, lab: Lab) -> None:
        commit_once(
            family(lab, "1", [(15, "a"), (25, "b"), (None, "n")], "aabnn", Window("at", 0, 99)),
            lab.destination,
        )
        before = append(lab, EVENTS, pa.table({"at": [None], "row": ["n"]}), "2")
        commit_once(before, lab.destination).unwrap()
        commit_once(append(lab, PARTS, pa.table({"root": ["n"]}), "3"), lab.destination).unwrap()
        commit_once(family(lab, "4", [(20, "c"), (31, "d")], "ccd"), lab.destination).unwrap()
        assert ["a", "c", "n"] == sorted(row["row"] for row in rows_of(lab, EVENTS))
        assert ["a", "a", "c", "c", "n"] == sorted(row["root"] for row in rows_of(lab, PARTS))

    def test_nested_rows_go_where_the_window_is_emptied(self, lab: Lab) -> None:
        commit_once(
            family(lab, "1", [(15, "a"), (25, "b")], "ab", Window("at", 0, 99)), lab.destination
        ).unwrap()
        load = family(lab, "2", [], "")
        commit_once(
            replace(load, writes=tuple(replace(write, files=()) for write in load.writes)), lab.destination
        ).unwrap()
        assert ["a"] == [row["root"] for row in rows_of(lab, PARTS)]


def family(
    lab: Lab, load_id: str, roots: list[tuple[int | None, str]], parts: str, of: Window = TWENTIES
) -> Load:
    """A load of a window: root rows, each a time and an id, and for each letter of *parts* a nested row of that root."""
    rows = pa.table(
        {
            "at": pa.array([at for at, _ in roots], pa.int64()),
            "row": pa.array([row for _, row in roots], pa.string()),
        }
    )
    nested = pa.table({"root": pa.array(list(parts), pa.string())})
    files = staged(lab, EVENTS, rows, load_id), staged(lab, PARTS, nested, load_id)
    return Load(
        load_id,
        (
            TableWrite(EVENTS, ReplaceWindow(of, "row"), (files[0],)),
            TableWrite(PARTS, MergeNested(EVENTS, "root"), (files[1],)),
        ),
    )
