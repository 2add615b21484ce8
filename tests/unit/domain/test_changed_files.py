"""What reloading changed files does with each row."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from floe_ingestion_dlt.domain.merge import ReplaceFiles, Row, not_of_text, reloaded
from floe_ingestion_dlt.domain.schema import Column, Scalar, TableSchema
from tests.unit.domain.merge_rows import ORDERS

NAMES = st.sampled_from(["a", "A", "a ", "", "b/a", "ä"])
CHANGED = st.lists(NAMES, unique=True, min_size=1).map(lambda names: ReplaceFiles("f", tuple(names)))


def rows(letter: str) -> st.SearchStrategy[list[Row]]:
    found = st.lists(NAMES, max_size=8)
    return found.map(lambda names: [{"f": name, "n": f"{letter}{at}"} for at, name in enumerate(names)])


@given(rows("old"), rows("new"), CHANGED)
def test_rows_of_changed_files_go_and_all_rows_of_the_load_come(
    old: list[Row], new: list[Row], how: ReplaceFiles
) -> None:
    result = reloaded(ORDERS, old, new, how).unwrap()
    assert [*(row for row in old if row["f"] not in how.files), *new] == list(result.rows)
    assert sorted(map(str, old)) == sorted(map(str, (*result.kept, *result.removed)))
    assert len(new) == result.applied


@given(rows("old"), rows("new"), CHANGED)
def test_the_same_rows_again_change_nothing_if_all_are_of_changed_files(
    old: list[Row], new: list[Row], how: ReplaceFiles
) -> None:
    of_changed = [row for row in new if row["f"] in how.files]
    once = reloaded(ORDERS, old, of_changed, how).unwrap().rows
    assert once == reloaded(ORDERS, once, of_changed, how).unwrap().rows


@given(rows("old"), st.integers(1, 3), CHANGED)
def test_rows_without_a_file_refuse_the_load_and_are_counted(
    old: list[Row], unnamed: int, how: ReplaceFiles
) -> None:
    refusal = reloaded(ORDERS, [*old, *[{"f": None, "n": "?"}] * unnamed], [], how).failure()
    assert f"{unnamed} rows of the table have no value in f" in refusal.message
    assert "refresh=True" in refusal.next_step


def test_only_a_column_of_text_names_files() -> None:
    how = ReplaceFiles("f", ("a",))
    assert not_of_text(ORDERS, TableSchema((Column("f", Scalar.STRING),)), how) is None
    refusal = not_of_text(ORDERS, TableSchema((Column("f", Scalar.LONG),)), how)
    assert refusal is not None
    assert "f is of type long" in refusal.message
