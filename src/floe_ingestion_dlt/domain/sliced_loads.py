"""Loads in slices: the answers of their workers, and when they are complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, final

from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Invalid, NotSliceable, SlicesMissing
from floe_ingestion_dlt.domain.load import StagedFile
from floe_ingestion_dlt.domain.load_plan import LoadPlan
from floe_ingestion_dlt.domain.load_warnings import LoadWarning
from floe_ingestion_dlt.domain.names import TableName
from floe_ingestion_dlt.domain.safe_texts import shown
from floe_ingestion_dlt.domain.schema import TableSchema
from floe_ingestion_dlt.domain.slices import KeyRange, KnownTypes, Rows, Slice
from floe_ingestion_dlt.domain.write_modes import Append, Merge, Replace

# Rows that were staged longer ago say too little about the source as it is now.
LONGEST_SECONDS: Final = 24 * 3600.0
MOST_SLICES: Final = 10_000
_WHOLE: Final = "Load it without slices."


@final
@dataclass(frozen=True, slots=True)
class SlicedLoad:
    """A load that was divided into slices, *begun* in seconds since 1970.

    *unit* is a digest of what is loaded and how, without credentials: only a run of the same unit continues the load.
    """

    load_id: str
    unit: str
    begun: float
    rows: tuple[Rows, ...]
    types: KnownTypes = KnownTypes()  # noqa: RUF009 - it has no state

    def slices(self, snapshot: str | None = None) -> tuple[Slice, ...]:
        """The slices, numbered from 1."""
        return tuple(Slice(number, rows, snapshot, self.types) for number, rows in enumerate(self.rows, 1))

    def is_continued_by(self, unit: str, load_id: str | None, now: float) -> bool:
        """Whether a run of this *unit* continues the load; *load_id* is the one that the run asks for, if it has one."""
        is_same = self.unit == unit and load_id in {None, self.load_id}
        return is_same and 0 <= now - self.begun < LONGEST_SECONDS


@final
@dataclass(frozen=True, slots=True)
class SliceAnswer:
    """What a worker did with the slice *number* of a load: the *files* that it staged, and their *columns*.

    *files* is None if the table lacks columns of the slice; then nothing is staged. *types* are those in which values without a
    type were read, by the columns of the source. *warnings* are those of reading the slice.
    """

    load_id: str
    number: int
    columns: tuple[TableSchema, ...]
    files: tuple[StagedFile, ...] | None
    types: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[LoadWarning, ...] = ()

    @property
    def rows(self) -> int:
        """The number of staged rows."""
        return sum(file.rows for file in self.files or ())


def complete_answers(
    table: TableName, load: SlicedLoad, answers: Iterable[SliceAnswer]
) -> Result[tuple[SliceAnswer, ...], SlicesMissing | NotSliceable]:
    """One answer for each slice of the *load*, in order.

    If a slice was answered twice, the first answer counts, and the files of the other are in no table. An answer of another load
    is refused, and so is a load with a slice that is not staged, or with slices that do not agree.
    """
    first: dict[int, SliceAnswer] = {}
    for answer in answers:
        if answer.load_id != load.load_id or not 1 <= answer.number <= len(load.rows):
            cause = f"slice {answer.number} of load {answer.load_id} is none of its {len(load.rows)} slices"
            return Failure(SlicesMissing(str(table), load.load_id, cause))
        if answer.files is not None:
            first.setdefault(answer.number, answer)
    numbers = range(1, len(load.rows) + 1)
    if missing := [str(number) for number in numbers if number not in first]:
        cause = f"of {len(load.rows)} slices, these are missing: {', '.join(missing)}"
        return Failure(SlicesMissing(str(table), load.load_id, cause))
    complete = tuple(first[number] for number in numbers)
    return check_types(complete).map(lambda _: complete)


def check_types(answers: Iterable[SliceAnswer]) -> Result[None, NotSliceable]:
    """Whether the slices have read the values of each column in one type.

    A load at once reads all of them in the type of the first value, which no slice knows if the sample has no value of that column.
    """
    known: dict[str, str] = {}
    for answer in answers:
        for column, kind in answer.types.items():
            if (other := known.setdefault(column, kind)) != kind:
                return Failure(_types_differ(column, *sorted((other, kind))))
    return Success(None)


def check_count(n: object) -> Result[int, Invalid]:
    """The number of slices, if *n* can be one."""
    if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= MOST_SLICES:
        return Success(n)
    return Failure(Invalid("n", repr(n), f"the number of slices, from 1 to {MOST_SLICES}"))


def check_plan(plan: LoadPlan) -> Result[None, NotSliceable]:
    """Whether loads by this plan can be in slices, whatever the source has."""
    if plan.cursor is not None:
        cause = f"it reads new rows by the cursor {plan.cursor}, whose last value is known only when all rows are read"
        return Failure(NotSliceable(cause, f"{_WHOLE} Only loads of all rows can be sliced."))
    if plan.window is not None:
        return Failure(
            NotSliceable("it loads a window", f"{_WHOLE} Smaller windows can be loaded in parallel.")
        )
    if plan.is_refresh and isinstance(plan.mode, Merge):
        return Failure(NotSliceable("it begins a merged table anew", _WHOLE))
    if plan.deletes_missing is not None:
        cause = "it deletes rows that are gone in the source, and slices have the keys of different times"
        return Failure(NotSliceable(cause, f"{_WHOLE} Or remove delete_missing."))
    return Success(None)


def check_mode(plan: LoadPlan, rows: Iterable[Rows]) -> Result[None, NotSliceable]:
    """Whether the result is the same as without slices: rows with the same key must be in one slice."""
    match plan.mode:
        case Append() | Replace():
            return Success(None)
        case Merge(_, key):
            is_apart = all(isinstance(each, KeyRange) and each.column in key for each in rows)
            return Success(None) if is_apart else Failure(_keys_meet(key))


def _types_differ(column: str, one: str, other: str) -> NotSliceable:
    return NotSliceable(
        f"the values of {shown(column)} have no type; in one slice they are {one}, in another {other}",
        f"{_WHOLE} Or name the type: in reader_options.column_types if all files have the column, or in the database.",
    )


def _keys_meet(key: tuple[str, ...]) -> NotSliceable:
    return NotSliceable(
        f"rows with the same key ({', '.join(key)}) could be in several slices, and the last of them must win",
        f"Set slice_by to a column of the key, or use append or replace. {_WHOLE}",
    )
