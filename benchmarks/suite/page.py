"""The page with the results."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import final

from benchmarks.suite.processes import Cost
from benchmarks.suite.profiles import shown
from benchmarks.suite.workload import Workload

INTRODUCTION = """# Benchmarks

`make bench-full` writes this page. Each program runs in a process of its own, from start to exit, imports included, with a SQLite catalog on
a local disk. The *limit* is the plainest program that does the same work: pyarrow or duckdb reads and writes once, and pyiceberg commits once. What counts is the
ratio of the CPU seconds of the plugin to those of the limit in interleaved runs, because seconds depend on the machine. Before a time counts, both tables are read, and
must have the same rows. *dlt alone* is dlt with its own Iceberg tables (the filesystem destination, `table_format="iceberg"`), as its documentation shows it: CPU seconds over those
of the limit in one run, and memory. It has no catalog there, and its merges would take hours. *dlt-iceberg* is the destination dlt-iceberg 0.6.4 with dlt 1.27, in an environment of its own; its merges
write equality deletes, which pyiceberg does not read, so that their rows could not be compared.

"""
HEAD = """| workload | rows | limit | plugin | CPU over the limit's | target | peak memory | target | dlt alone | dlt-iceberg |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
"""

PROFILES = """
## Where the time goes

Samples of one more run of each workload: the module of the plugin that ran, and the library in which it was; shares below 5% are left out. Threads in which pyarrow and duckdb work by themselves are not sampled.

"""

REASONS = """
## What is above its target, and why

- **The machine**: the ratios differ between processors, as the limits are mostly work in C++. On an AMD EPYC with two cores, the start was 1.7, Parquet 3.3, the small upsert 1.5, that of the newest keys 1.2, and loads without
  anything new 1.7 and 1.9; the memory after the start was 30 MB less.
- **Starting** is 1.8 to 2.0 s of CPU of every row, most of it imports. The limit has 1.1 s of them, too: pyiceberg, pyarrow and SQLAlchemy. floe-core with structlog, rich and its
  schemas takes 0.35 s, and every plugin of floe is a class of it. dlt with sqlglot takes 0.3 s, the plugin's own modules 0.25 to 0.3 s, half of it the making of 285 dataclasses. Garbage is not searched for during imports, nor among imported
  objects when the process ends (half a second); models of sources are built when they are first used. What is left would need another dlt. A load without anything new takes 0.15 s in a process that is
  warm; with a cursor, the rows at its last value are compared with those of the table.
- **Parquet** files are copied as they are. But all their rows are decoded first, to find damaged pages and wrong statistics before they are in a table. That takes 2.2 s: 1.2 are pyarrow's decoding,
  0.5 the bounds of columns, 0.3 the headers of pages, by which memory is bounded. If all texts stay dictionaries, decoding takes 1.6 s, so only columns of few texts do. Decoding in a second thread
  gained nothing that could be measured.
- **JSON lines** take 2.3 s beside the start.
- **The slow API**: a load of 100,000 nested records takes 6 s of CPU beside the start, while answers are waited for.
- **Memory**: 220 to 250 MB are there after the start. Tables of 64 MB wait, are encoded and compressed as row groups, and allocators keep some of what is freed; with a smaller `memory_limit`, tables and row groups are
  smaller. A merge of keys that are all over the table holds the join of keys, up to 256 MB, and the file that is written again. [Memory](housekeeping.md#memory) has the peaks of larger loads.

## What is not faster yet

- A row of eight columns takes 4 µs from MySQL or MariaDB by whole columns, of which PyMySQL's reading of packets is 2, and 5 µs from SQLite, whose driver makes each value in Python (PostgreSQL by COPY: 3 µs). By a cursor, they took 14 and 7 µs.
- Row groups of 1 MB or more are encoded in a thread while the next rows are read: a load of CSV or JSON lines takes 10% less on the clock, and 30 to 60 MB more. Files are uploaded when all rows are read.
- Several files of one source are read one after the other, each by all threads of pyarrow; several tables at once with `parallel_sources`.
- Files have no counts of NaN, by which engines could pass over files when they look for NaN only, and no sort order: rows stay in the order of the source.
- With allocators that return freed memory at once (`ARROW_DEFAULT_MEMORY_POOL=system`, and glibc's limits of 1 MiB), merges take 110 MB less, and Parquet files 45 MB, but these take a quarter more CPU. Arrow takes that setting from the environment only.
- With the server on the same two cores, `parallel: 2` gains nothing that could be measured: Python holds a lock while a row is handed over, so more connections help only where the network or the server is slow.
"""


@final
@dataclass(frozen=True, slots=True)
class Row:
    """What the limit and the plugin took for a workload that left so many *rows* in the table, and where the time of the plugin went."""

    kind: type[Workload]
    rows: int
    limit: Cost
    ours: Cost
    peers: Mapping[str, Cost]
    profile: Mapping[str, float]

    @property
    def line(self) -> str:
        return (
            f"| {self.kind.title} | {self.rows:,} | {_seconds(self.limit)} | {_seconds(self.ours)}"
            f" | {self._ratio} | {self.kind.cpu} | {self.ours.mb:,.0f} MB | {self.kind.mb} MB | {self._peer('dlt')} | {self._peer('dlt-iceberg')} |"
        )

    def _peer(self, name: str) -> str:
        cost = self.peers.get(name)
        return f"{cost.cpu / self.limit.cpu:.1f}, {cost.mb:,.0f} MB" if cost else ""

    @property
    def _ratio(self) -> str:
        if self.kind.waits:
            return f"**{self.ours.wall / self.limit.wall:.2f}** on the clock"
        return f"**{self.ours.cpu / self.limit.cpu:.1f}**"


def page_of(rows: Sequence[Row], scale: float, rounds: int) -> str:
    lines = "\n".join(row.line for row in rows)
    machine = f"{os.cpu_count()} cores ({_processor()}), Python {platform.python_version()}"
    where = f"Measured on {datetime.now(UTC):%Y-%m-%d} with {machine}, scale {scale:g}, medians of {rounds} rounds."
    return f"{INTRODUCTION}{where} The columns of the limit and the plugin show CPU seconds, and seconds on the clock in brackets.\n\n{HEAD}{lines}\n{_profiles(rows)}{REASONS}"


def _profiles(rows: Sequence[Row]) -> str:
    lines = [f"- {row.kind.title}: {shown(row.profile)}.\n" for row in rows if row.profile]
    return f"{PROFILES}{''.join(lines)}" if lines else ""


def _seconds(cost: Cost) -> str:
    return f"{cost.cpu:.1f} s ({cost.wall:.1f} s)"


def _processor() -> str:
    """The name of the processor, where Linux tells it."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())
