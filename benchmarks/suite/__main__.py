"""Measure all workloads: `python -m benchmarks.suite [--scale 1] [--rounds 3] [--peer] [--page PAGE] [WORKLOAD ...]`.

The programs take turns, each in a process of its own and in a new folder; a time counts only if both have written the same rows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.suite.content import content_of
from benchmarks.suite.page import Row, page_of
from benchmarks.suite.postgres import ADDRESS
from benchmarks.suite.processes import Cost, cost_of
from benchmarks.suite.workload import Workload
from benchmarks.suite.workloads import WORKLOADS, PostgresReplace

RUN = "benchmarks.suite.run"
PROGRAMS = ("limit", "plugin")
PEER = "dlt"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.suite")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--peer", action="store_true", help="measure dlt alone, too, once")
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        rows = [
            measured(WORKLOADS[each], Path(name), wanted.scale, wanted.rounds, peer=wanted.peer)
            for each in wanted.workloads
            if is_possible(each)
        ]
    page = page_of(rows, wanted.scale, wanted.rounds)
    if wanted.page is not None:
        wanted.page.write_text(page)
    sys.stdout.write(page)


def is_possible(name: str) -> bool:
    """Whether there is all that the workload needs."""
    if name == PostgresReplace.name and ADDRESS not in os.environ:
        sys.stderr.write(f"{name} is left out: set {ADDRESS} to the address of a PostgreSQL server\n")
        return False
    return True


def measured(kind: type[Workload], folder: Path, scale: float, rounds: int, *, peer: bool = False) -> Row:
    """The medians of each program, after all of them have written the same rows; of the *peer*, one run."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    work = kind(data, scale)
    work.make()
    costs: dict[str, list[Cost]] = {program: [] for program in (*PROGRAMS, PEER)}
    contents = set()
    with work.served() as address:
        for number in range(rounds):
            for program in (*PROGRAMS, PEER) if peer and kind.by_dlt and number == 0 else PROGRAMS:
                place = folder / program
                where = [str(data), str(place), str(scale), address]
                cost_of(RUN, kind.name, program, "base", *where)
                costs[program].append(cost_of(RUN, kind.name, program, "load", *where))
                contents.add((0, 0) if work.load is None else content_of(place))
                shutil.rmtree(place)
            assert len(contents) == 1, f"{kind.name}: the tables have other rows: {contents}"
    limit, ours = (_median(costs[program]) for program in PROGRAMS)
    row = Row(kind, contents.pop()[0], limit, ours, *costs[PEER])
    sys.stderr.write(f"{row.line}\n")
    return row


def _median(costs: Sequence[Cost]) -> Cost:
    walls, cpus, memories = ([getattr(cost, name) for cost in costs] for name in ("wall", "cpu", "mb"))
    return Cost(statistics.median(walls), statistics.median(cpus), statistics.median(memories))


if __name__ == "__main__":
    main(sys.argv[1:])
