from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from floe_ingestion_dlt.domain.key_ranges import ranges_between
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.sliced_loads import (
    LONGEST_SECONDS,
    MOST_SLICES,
    SliceAnswer,
    SlicedLoad,
    check_count,
    check_mode,
    check_plan,
    check_types,
    complete_answers,
)
from floe_ingestion_dlt.domain.slices import FileGroup
from floe_ingestion_dlt.domain.windows import Window
from floe_ingestion_dlt.domain.write_modes import Append, Replace, parse_write_mode
from tests.unit.running.scripted_runs import PLAN

TABLE = TableName.parse("bronze.orders").unwrap()
LOAD = SlicedLoad("key-a", "unit", 1000.0, ranges_between("id", [11, 21]))


def answer(number: int, load_id: str = "key-a", path: str = "a", *, is_staged: bool = True) -> SliceAnswer:
    return SliceAnswer(load_id, number, (), (StagedFile(path, 1, 1),) if is_staged else None)


class TestCompleteAnswers:
    @given(st.permutations([1, 2, 3]))
    def test_one_answer_for_each_slice_is_complete(self, order: list[int]) -> None:
        """The order in which workers answer does not matter."""
        complete = complete_answers(TABLE, LOAD, map(answer, order))
        assert Success(tuple(map(answer, (1, 2, 3)))) == complete

    def test_a_slice_that_is_answered_twice_counts_once(self) -> None:
        """The first answer counts."""
        answers = [answer(1), answer(2), answer(2, path="again"), answer(3)]
        assert Success(tuple(map(answer, (1, 2, 3)))) == complete_answers(TABLE, LOAD, answers)

    @pytest.mark.parametrize(
        ("answers", "cause"),
        [
            ([], "of 3 slices, these are missing: 1, 2, 3"),
            ([answer(1), answer(3)], "of 3 slices, these are missing: 2"),
            ([answer(1), answer(2, is_staged=False), answer(3)], "of 3 slices, these are missing: 2"),
            ([answer(1), answer(2, "key-b"), answer(3)], "slice 2 of load key-b is none of its 3 slices"),
            ([answer(1), answer(2), answer(3), answer(4)], "slice 4 of load key-a is none of its 3 slices"),
        ],
    )
    def test_a_missing_slice_or_one_of_another_load_is_refused(
        self, answers: list[SliceAnswer], cause: str
    ) -> None:
        refused = complete_answers(TABLE, LOAD, answers).failure()
        assert f"load key-a of bronze.orders is not complete: {cause}" == refused.message

    def test_slices_that_have_read_a_column_in_two_types_are_refused(self) -> None:
        types = ({"id": "int64"}, {"id": "int64", "note": "string"}, {"note": "int64"})
        answers = [replace(answer(number), types=found) for number, found in enumerate(types, 1)]
        assert Success(None) == check_types(answers[:2])
        refused = complete_answers(TABLE, LOAD, answers).failure()
        assert (
            "the values of note have no type; in one slice they are int64, in another string"
            in refused.message
        )


class TestIsContinuedBy:
    @pytest.mark.parametrize("load_id", [None, "key-a"])
    def test_a_run_of_the_same_unit_continues(self, load_id: str | None) -> None:
        assert LOAD.is_continued_by("unit", load_id, 1000.0 + LONGEST_SECONDS - 1)

    @pytest.mark.parametrize(
        ("unit", "load_id", "now"),
        [
            ("another", None, 1001.0),
            ("unit", "key-b", 1001.0),
            ("unit", None, 1000.0 + LONGEST_SECONDS),
            ("unit", None, 999.0),
        ],
    )
    def test_another_unit_or_key_or_a_day_later_does_not(
        self, unit: str, load_id: str | None, now: float
    ) -> None:
        assert not LOAD.is_continued_by(unit, load_id, now)


class TestChecks:
    @pytest.mark.parametrize("n", [1, 8, MOST_SLICES])
    def test_a_number_of_slices(self, n: int) -> None:
        assert Success(n) == check_count(n)

    @pytest.mark.parametrize("n", [0, -1, True, 8.0, "8", None, MOST_SLICES + 1], ids=repr)
    def test_anything_else_is_no_number_of_slices(self, n: object) -> None:
        assert "n: " in check_count(n).failure().message

    @pytest.mark.parametrize("change", [{"cursor": "at"}, {"window": Window("at", 1, 2)}], ids=str)
    def test_only_loads_of_all_rows_can_be_sliced(self, change: dict[str, Any]) -> None:
        assert check_plan(replace(PLAN, **change)).failure().message.startswith("cannot be sliced: ")

    def test_a_load_of_all_rows_can_be_sliced(self) -> None:
        assert Success(None) == check_plan(PLAN)

    @pytest.mark.parametrize("mode", [Append(), Replace()], ids=str)
    def test_append_and_replace_take_any_slices(self, mode: Append | Replace) -> None:
        assert Success(None) == check_mode(replace(PLAN, mode=mode), [FileGroup(("a",), ("1",))])

    def test_a_merge_takes_ranges_of_its_key(self) -> None:
        assert Success(None) == check_mode(merging("id", "line"), LOAD.rows)

    def test_a_merge_refuses_slices_in_which_a_key_could_be_twice(self) -> None:
        for rows in (LOAD.rows, (FileGroup(("a",), ("1",)),)):
            refused = check_mode(merging("line"), rows)
            assert isinstance(refused, Failure)
            assert "rows with the same key (line) could be in several slices" in refused.failure().message


def merging(*key: str) -> LoadPlan:
    return replace(PLAN, mode=parse_write_mode("merge", None, key).unwrap())
