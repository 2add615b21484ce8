"""The demo's output: a table of results and a progress display."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Final, final

HEADINGS: Final = ("source", "table", "rows", "bytes", "snapshot", "seconds", "rows/s", "")
NUMBERS: Final = frozenset({"rows", "bytes", "snapshot", "seconds", "rows/s"})


@final
@dataclass(frozen=True, slots=True)
class Line:
    """What a run did to one table; sizes in rows and bytes, time in seconds."""

    source: str
    table: str
    rows: int
    bytes: int
    snapshot: int | None
    seconds: float
    write_mode: str
    failed: bool = False

    @property
    def words(self) -> str:
        if self.failed:
            return "failed"
        if self.write_mode == "replace":
            return "replaced"
        return f"{self.rows:,} new rows" if self.rows else "nothing new"

    @property
    def cells(self) -> tuple[str, ...]:
        speed = f"{self.rows / self.seconds:,.0f}" if self.rows and self.seconds else "-"
        figures = (
            f"{self.rows:,}",
            f"{self.bytes:,}",
            str(self.snapshot or "-"),
            f"{self.seconds:.1f}",
            speed,
        )
        return (self.source, self.table, *figures, self.words)


def table(lines: Sequence[Line]) -> str:
    """One line for each table, in columns."""
    rows = [HEADINGS, *(line.cells for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(_row(row, widths) for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (
        cell.rjust(width) if heading in NUMBERS else cell.ljust(width)
        for cell, width, heading in zip(cells, widths, HEADINGS, strict=True)
    )
    return "  ".join(aligned).rstrip()


def closing(lines: Sequence[Line]) -> str:
    """The run in one sentence."""
    added = sum(line.rows for line in lines if line.write_mode != "replace")
    replaced = [line.table for line in lines if line.write_mode == "replace"]
    news = (
        f"{added:,} new rows were added."
        if added
        else "No new rows: every flight and every hour was already loaded."
    )
    return f"{news} Reference tables were replaced: {', '.join(replaced)}."


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Show that *what* is being loaded: seconds that count on a terminal, a line elsewhere."""
    if not sys.stdout.isatty():
        print(f"loading {what} ...", flush=True)
        yield
        return
    start, done = monotonic(), Event()

    def tick() -> None:
        while not done.wait(0.1):
            print(f"\rloading {what} ... {monotonic() - start:.1f} s", end="", flush=True)

    ticking = Thread(target=tick, daemon=True)
    ticking.start()
    try:
        yield
    finally:
        done.set()
        ticking.join()
        print("\r\033[K", end="", flush=True)
