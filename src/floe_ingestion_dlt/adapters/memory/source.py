"""A source in memory with scripted failures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, final

import pyarrow as pa
from returns.result import Failure, Result, Success

from floe_ingestion_dlt.domain.faults import Category, Fault, SourceFailed
from floe_ingestion_dlt.ports.source import ArrowBatch, Message, Position, Reading, Source, SourceError

Rows: TypeAlias = Sequence[Mapping[str, object]]


@final
class MemorySource(Source):
    """Rows by unit, in batches of *batch_rows*; without a cursor, a position is the number of rows before it.

    Each read takes the next of the *failures*: a fault, and the number of rows after which it ends the read. With None, or when
    there are no more, the read succeeds. *probe* is the answer to every probe. Each of the *refusals* answers one acknowledgement.
    """

    def __init__(
        self,
        units: Mapping[str, Rows],
        *,
        batch_rows: int = 2,
        failures: Iterable[tuple[Fault, int] | None] = (),
        probe: Result[None, Fault] = Success(None),  # noqa: B008 - a Success is a value
    ) -> None:
        self.rows = {unit: list(rows) for unit, rows in units.items()}
        self.acknowledged: list[tuple[str, Position]] = []
        self.refusals: list[Fault] = []
        self._batch_rows = batch_rows
        self._failures = iter(failures)
        self._probe = probe

    def probe(self, timeout: float) -> Result[None, Fault]:
        return self._probe

    def units(self) -> Result[tuple[str, ...], Fault]:
        return Success(tuple(self.rows))

    def read(self, unit: str, since: Position | None, reading: Reading) -> Iterator[Message]:
        fault, end = next(self._failures, None) or (None, len(self.rows[unit]))
        by_cursor = reading.cursor is not None
        begin = since.value if since and isinstance(since.value, int) and not by_cursor else 0
        for start in range(begin, end, self._batch_rows):
            rows = self.rows[unit][start : min(start + self._batch_rows, end)]
            _check(reading.cursor, rows)
            yield ArrowBatch(pa.Table.from_pylist([dict(row) for row in rows]))
            if not by_cursor:
                yield Position(start + len(rows))
        if fault is not None:
            raise SourceError(fault)

    def acknowledge(self, unit: str, position: Position) -> Result[None, Fault]:
        if self.refusals:
            return Failure(self.refusals.pop(0))
        self.acknowledged.append((unit, position))
        return Success(None)


def _check(cursor: str | None, rows: Rows) -> None:
    if cursor is not None and any(cursor not in row for row in rows):
        message = f"the column {cursor} is not in a row, which has {', '.join(rows[0])}"
        raise SourceError(SourceFailed(message, Category.CONFIGURATION, "Set cursor_field to one of these."))
