"""The laws that every source must keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol, TypeAlias, assert_never

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from returns.result import Failure, Success

from floe_ingestion_dlt.adapters.arrow.types import from_arrow
from floe_ingestion_dlt.domain.cursors import CursorOptions
from floe_ingestion_dlt.ports.source import (
    ArrowBatch,
    FilesRead,
    Message,
    ParquetCopy,
    Position,
    Reading,
    RowBatch,
    Source,
    SourceError,
)

Row: TypeAlias = dict[str, Any]

SECONDS: Final = 5.0
ROWS: Final[tuple[Row, ...]] = (
    {"id": 1, "name": "ann", "price": 0.1, "at": 10},
    {"id": 2, "name": "J\u00fcrgen \U0001f600", "price": -1.5, "at": 30},
    {"id": 2**53 + 1, "name": ' two\nlines, "quoted" ', "price": 1e300, "at": 20},
    {"id": -1, "name": None, "price": None, "at": 20},
    {"id": 1, "name": "ann", "price": 0.1, "at": 10},
)
MORE: Final[tuple[Row, ...]] = (
    {"id": 7, "name": "late", "price": 2.0, "at": 30},
    {"id": 8, "name": "later", "price": 3.0, "at": 40},
)
BY_CURSOR: Final = Reading("at")
FIRST: Final = 15
END: Final = 25
LIMITS: Final = CursorOptions(initial_value=FIRST, end_value=END)


class SourceLab(Protocol):
    """A lab with one source, whose *unit* has exactly the rows that were put there."""

    unit: str

    @property
    def source(self) -> Source: ...

    def put(self, rows: Sequence[Row]) -> None:
        """Add rows, after those that are there."""
        ...

    def damage(self) -> str:
        """Add data that cannot be read, and return the words with which the error names its place."""
        ...

    @property
    def out_of_reach(self) -> Source:
        """A source of the same kind that cannot be reached."""
        ...


class SourceLaws:
    """Rows are read exactly, and a read can be repeated; data that cannot be read is a fault that names its place."""

    def test_each_row_is_read_once_and_its_values_are_exact(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        assert counted(ROWS) == counted(read(source_lab))

    def test_a_read_can_be_repeated(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        assert read(source_lab) == read(source_lab)

    def test_a_read_that_was_left_can_be_repeated(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        source = source_lab.source
        left = iter(source.read(source_lab.unit, None, Reading()))
        next(left)
        del left
        assert counted(ROWS) == counted(rows_of(source.read(source_lab.unit, None, Reading())))

    @pytest.mark.parametrize("reading", [Reading(), BY_CURSOR], ids=["without a cursor", "by a cursor"])
    def test_a_position_is_true_of_what_was_read_before_it(
        self, source_lab: SourceLab, reading: Reading
    ) -> None:
        source_lab.put(ROWS)
        for before, position in positions(source_lab, reading):
            after = rows_of(source_lab.source.read(source_lab.unit, position, reading))
            assert not counted(ROWS) - counted([*before, *after])

    def test_a_position_by_a_cursor_is_its_highest_value(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        for before, position in positions(source_lab, BY_CURSOR):
            assert max(row["at"] for row in before) == position.value

    @pytest.mark.parametrize("reading", [Reading(), BY_CURSOR], ids=["without a cursor", "by a cursor"])
    def test_what_comes_after_a_position_is_read_since_then(
        self, source_lab: SourceLab, reading: Reading
    ) -> None:
        source_lab.put(ROWS)
        found = positions(source_lab, reading)
        source_lab.put(MORE)
        for _, position in found:
            since = rows_of(source_lab.source.read(source_lab.unit, position, reading))
            assert not counted(MORE) - counted(since)

    def test_a_position_can_be_acknowledged_and_read_from_again(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        source = source_lab.source
        for _, position in positions(source_lab, BY_CURSOR):
            assert Success(None) == source.acknowledge(source_lab.unit, position)
        source_lab.put(MORE)
        assert not counted(MORE) - counted(read(source_lab, BY_CURSOR))

    def test_there_are_units_of_different_names(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        units = source_lab.source.units().unwrap()
        assert source_lab.unit in units
        assert len(units) == len(set(units))

    def test_columns_that_are_known_are_those_that_are_read(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        columns = source_lab.source.columns(source_lab.unit).unwrap() or ()
        messages = source_lab.source.read(source_lab.unit, None, Reading())
        batches = [pa.table(message.table) for message in messages if isinstance(message, ArrowBatch)]
        for column in columns:
            assert {column.type} == {from_arrow(batch.schema.field(column.name).type) for batch in batches}

    def test_what_cannot_be_read_is_a_fault_that_says_where(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        place = source_lab.damage()
        fault = failure_of(source_lab.source, source_lab.unit)
        assert place in fault.fault.message
        assert fault.fault.next_step

    def test_rows_within_the_limits_of_a_cursor_are_read(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        found = read(source_lab, replace(BY_CURSOR, limits=LIMITS))
        within = [row for row in ROWS if FIRST <= row["at"] < END]
        assert not counted(within) - counted(found)
        assert not counted(found) - counted(ROWS)

    def test_a_cursor_that_is_not_there_is_a_fault_that_names_it(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        fault = failure_of(source_lab.source, source_lab.unit, replace(BY_CURSOR, cursor="nowhere"))
        assert "nowhere" in fault.fault.message

    def test_a_source_that_is_there_answers(self, source_lab: SourceLab) -> None:
        source_lab.put(ROWS)
        assert Success(None) == source_lab.source.probe(SECONDS)

    def test_a_source_out_of_reach_answers_with_a_fault(self, source_lab: SourceLab) -> None:
        answer = source_lab.out_of_reach.probe(SECONDS)
        assert isinstance(answer, Failure)
        assert answer.failure().next_step

    def test_a_read_out_of_reach_is_a_fault(self, source_lab: SourceLab) -> None:
        assert failure_of(source_lab.out_of_reach, source_lab.unit).fault.next_step


def rows_of(messages: Iterable[Message]) -> list[Row]:
    """The rows of all batches."""
    return [row for message in messages for row in _rows_in(message)]


def _rows_in(message: Message) -> list[Row]:
    match message:
        case ArrowBatch(table):
            return pa.table(table).to_pylist()
        case RowBatch(rows):
            return [dict(row) for row in rows]
        case ParquetCopy(path):
            return pq.read_table(path).to_pylist()
        case Position() | FilesRead():
            return []
        case _:
            assert_never(message)


def counted(rows: Iterable[Row]) -> Counter[frozenset[tuple[str, object]]]:
    """The number of times that each row occurs; a null column counts as missing."""
    return Counter(frozenset((k, v) for k, v in row.items() if v is not None) for row in rows)


def read(lab: SourceLab, reading: Reading = Reading()) -> list[Row]:  # noqa: B008 - a Reading is a value
    """All rows of the lab's unit."""
    return rows_of(lab.source.read(lab.unit, None, reading))


def positions(lab: SourceLab, reading: Reading) -> list[tuple[list[Row], Position]]:
    """Each position of a read, and the rows before it."""
    before: list[Row] = []
    found: list[tuple[list[Row], Position]] = []
    for message in lab.source.read(lab.unit, None, reading):
        if isinstance(message, Position):
            found.append((list(before), message))
        before += _rows_in(message)
    return found


def failure_of(source: Source, unit: str, reading: Reading = Reading()) -> SourceError:  # noqa: B008 - see above
    """The fault that ends a read."""
    with pytest.raises(SourceError) as caught:
        rows_of(source.read(unit, None, reading))
    return caught.value
