"""The laws of files that were written again: their rows replace those that the table has of them, and no others."""

from __future__ import annotations

import pyarrow as pa
import pytest
from returns.result import Failure

from floe_ingestion_dlt.domain.commit import commit_once
from floe_ingestion_dlt.domain.faults import MergeRefused
from floe_ingestion_dlt.domain.load import Load, TableWrite
from floe_ingestion_dlt.domain.merge import MergeNested, ReplaceFiles
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.testing.lab import Lab, append, rows_of, staged

ROWS = TableName(("bronze",), "readings")
PARTS = TableName(("bronze",), "readings__parts")
FILE = "_floe_file"


def readings(*rows: tuple[str | None, int]) -> pa.Table:
    """Rows, each with its file and a number."""
    return pa.table(
        {
            FILE: pa.array([file for file, _ in rows], pa.string()),
            "n": pa.array([number for _, number in rows], pa.int64()),
        }
    )


def reload(lab: Lab, load_id: str, rows: pa.Table | None, *files: str) -> Load:
    """A load of the rows of changed *files*; without *rows*, it has no file."""
    written = () if rows is None else (staged(lab, ROWS, rows, load_id),)
    return Load(load_id, (TableWrite(ROWS, ReplaceFiles(FILE, files), written),))


def begun(lab: Lab, *tables: pa.Table) -> None:
    for number, table in enumerate(tables):
        commit_once(append(lab, ROWS, table, f"begun-{number}"), lab.destination).unwrap()


def numbers(lab: Lab) -> list[int]:
    return sorted(row["n"] for row in rows_of(lab, ROWS))


class ChangedFileLaws:
    """Rows of other files stay, in whatever data files they are."""

    def test_rows_of_a_changed_file_are_replaced_and_all_others_stay(self, lab: Lab) -> None:
        begun(
            lab, readings(("a.csv", 1), ("b.csv", 2), ("a.csv", 3)), readings(("a.csv.gz", 4), ("A.csv", 5))
        )
        load = reload(lab, "again", readings(("a.csv", 6), ("c.csv", 7)), "a.csv")
        (receipt,) = commit_once(load, lab.destination).unwrap()
        assert [2, 4, 5, 6, 7] == numbers(lab)
        assert (2, 3) == (receipt.rows, lab.snapshots(ROWS))

    def test_several_files_are_replaced_at_once(self, lab: Lab) -> None:
        begun(lab, *(readings((name, number)) for number, name in enumerate(("a", "b", "", "ü", "z" * 40))))
        names = ("", "z" * 40, "b", "ü")
        load = reload(lab, "again", readings(*((name, 10 + at) for at, name in enumerate(names))), *names)
        commit_once(load, lab.destination).unwrap()
        assert [0, 10, 11, 12, 13] == numbers(lab)

    def test_names_that_begin_alike_are_told_apart(self, lab: Lab) -> None:
        begun(lab, *(readings(("folder/of/the/year/2026/" + name, at)) for at, name in enumerate("abc")))
        commit_once(reload(lab, "again", None, "folder/of/the/year/2026/b"), lab.destination).unwrap()
        assert [0, 2] == numbers(lab)

    def test_many_files_are_replaced_at_once(self, lab: Lab) -> None:
        begun(lab, readings(*((f"{number}.csv", number) for number in range(2_000))))
        names = tuple(f"{number}.csv" for number in range(0, 2_000, 2))
        commit_once(reload(lab, "again", None, *names), lab.destination).unwrap()
        assert list(range(1, 2_000, 2)) == numbers(lab)

    @pytest.mark.parametrize("rows", [None, readings()], ids=["no file", "no row"])
    def test_rows_of_a_file_that_is_empty_now_are_removed(self, lab: Lab, rows: pa.Table | None) -> None:
        begun(lab, readings(("a.csv", 1), ("b.csv", 2)))
        commit_once(reload(lab, "again", rows, "a.csv"), lab.destination).unwrap()
        assert [2] == numbers(lab)

    def test_a_file_without_rows_in_the_table_only_adds(self, lab: Lab) -> None:
        begun(lab, readings(("b.csv", 2)))
        commit_once(reload(lab, "again", readings(("a.csv", 1)), "a.csv"), lab.destination).unwrap()
        assert [1, 2] == numbers(lab)

    def test_the_same_load_twice_lands_once(self, lab: Lab) -> None:
        begun(lab, readings(("a.csv", 1)))
        load = reload(lab, "again", readings(("a.csv", 2)), "a.csv")
        first = commit_once(load, lab.destination).unwrap()
        assert first == commit_once(load, lab.destination).unwrap()
        assert [2] == numbers(lab)

    def test_rows_that_may_be_of_any_file_refuse_the_load(self, lab: Lab) -> None:
        begun(lab, readings(("a.csv", 1)), readings((None, 2), ("b.csv", 3)))
        refused = commit_once(reload(lab, "again", readings(("a.csv", 4)), "a.csv"), lab.destination)
        assert isinstance(refused, Failure)
        assert isinstance(refused.failure(), MergeRefused)
        assert "1 rows" in refused.failure().message
        assert [1, 2, 3] == numbers(lab)

    def test_a_table_without_the_column_refuses_the_load(self, lab: Lab) -> None:
        begun(lab, pa.table({"n": [1]}))
        refused = commit_once(reload(lab, "again", pa.table({"n": [2]}), "a.csv"), lab.destination)
        assert isinstance(refused.failure(), MergeRefused)
        assert [1] == numbers(lab)

    def test_a_column_of_another_type_refuses_the_load(self, lab: Lab) -> None:
        begun(lab, pa.table({"n": [1], FILE: pa.array([7], pa.int64())}))
        refused = commit_once(reload(lab, "again", None, "7"), lab.destination)
        assert "is of type long" in refused.failure().message
        assert [1] == numbers(lab)

    def test_nested_rows_follow_the_rows_of_their_file(self, lab: Lab) -> None:
        for load_id, rows in (("1", [("a.csv", "x"), ("b.csv", "y")]), ("2", [("a.csv", "z")])):
            commit_once(family(lab, load_id, rows, "a.csv"), lab.destination).unwrap()
        assert ["y", "z"] == sorted(row["root"] for row in rows_of(lab, PARTS))
        commit_once(family(lab, "3", [], "b.csv"), lab.destination).unwrap()
        assert ["z"] == [row["root"] for row in rows_of(lab, PARTS)]


def family(lab: Lab, load_id: str, rows: list[tuple[str, str]], *files: str) -> Load:
    """A load of rows, each with its file and an id, and one nested row for each of them."""
    ids = pa.array([row for _, row in rows], pa.string())
    roots = pa.table({FILE: pa.array([file for file, _ in rows], pa.string()), "row": ids})
    written = staged(lab, ROWS, roots, load_id), staged(lab, PARTS, pa.table({"root": ids}), load_id)
    return Load(
        load_id,
        (
            TableWrite(ROWS, ReplaceFiles(FILE, files, "row"), (written[0],)),
            TableWrite(PARTS, MergeNested(ROWS, "root"), (written[1],)),
        ),
    )
