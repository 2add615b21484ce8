"""Measure all workloads: `python -m benchmarks.suite [--scale 1] [--rounds 3] [--dlt] [--dlt-iceberg PYTHON] [--profile] [--page PAGE] [WORKLOAD ...]`.

The programs take turns, each in a process of its own and in a new folder; a time counts only if both have written the same rows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import final

from benchmarks.suite.content import content_of
from benchmarks.suite.page import Row, page_of
from benchmarks.suite.postgres import ADDRESS
from benchmarks.suite.processes import Cost, cost_of
from benchmarks.suite.profiles import profile_of
from benchmarks.suite.workload import Workload
from benchmarks.suite.workloads import WORKLOADS, PostgresReplace

RUN = "benchmarks.suite.run"
PROGRAMS = ("limit", "plugin")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.suite")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--dlt", action="store_true", help="measure dlt alone, too, once")
    parser.add_argument(
        "--dlt-iceberg", metavar="PYTHON", help="measure dlt-iceberg with this Python, too, once"
    )
    parser.add_argument(
        "--profile", action="store_true", help="run the plugin once more, and sample where its time goes"
    )
    parser.add_argument("workloads", nargs="*", default=list(WORKLOADS))
    wanted = parser.parse_args(arguments)
    peers = {"dlt": sys.executable} if wanted.dlt else {}
    peers |= {"dlt-iceberg": wanted.dlt_iceberg} if wanted.dlt_iceberg else {}
    with tempfile.TemporaryDirectory(prefix="floe-bench-") as name:
        rows = [
            measured(WORKLOADS[each], Path(name), wanted.scale, How(wanted.rounds, peers, wanted.profile))
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


@final
@dataclass(frozen=True, slots=True)
class How:
    """How often the programs run; the *peers*, by their Pythons, run once."""

    rounds: int
    peers: Mapping[str, str] = field(default_factory=dict)
    profile: bool = False


def measured(kind: type[Workload], folder: Path, scale: float, how: How) -> Row:
    """The medians of each program, after all of them have written the same rows."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    work = kind(data, scale)
    work.make()
    pythons = dict.fromkeys(PROGRAMS, sys.executable) | (dict(how.peers) if kind.by_dlt else {})
    costs: dict[str, list[Cost]] = {program: [] for program in pythons}
    contents = set()
    with work.served() as address:
        for number in range(how.rounds):
            for program in pythons if number == 0 else PROGRAMS:
                place = folder / program
                where = [str(data), str(place), str(scale), address]
                if program in PROGRAMS:
                    cost_of(RUN, kind.name, program, "base", *where)
                cost = cost_of(RUN, kind.name, program, "load", *where, python=pythons[program])
                costs[program].append(cost)
                contents.add((0, 0) if work.load is None else content_of(place))
                shutil.rmtree(place)
            assert len(contents) == 1, f"{kind.name}: the tables have other rows: {contents}"
        profile = (
            _profile(kind, [str(data), str(folder / "plugin"), str(scale), address]) if how.profile else {}
        )
    limit, ours = (_median(costs[program]) for program in PROGRAMS)
    peers = {peer: costs[peer][0] for peer in how.peers if peer in costs}
    row = Row(kind, contents.pop()[0], limit, ours, peers, profile)
    sys.stderr.write(f"{row.line}\n")
    return row


def _profile(kind: type[Workload], where: Sequence[str]) -> Mapping[str, float]:
    cost_of(RUN, kind.name, "plugin", "base", *where)
    found = profile_of(RUN, kind.name, "plugin", "load", *where)
    shutil.rmtree(where[1])
    return found


def _median(costs: Sequence[Cost]) -> Cost:
    walls, cpus, memories = ([getattr(cost, name) for cost in costs] for name in ("wall", "cpu", "mb"))
    return Cost(statistics.median(walls), statistics.median(cpus), statistics.median(memories))


if __name__ == "__main__":
    main(sys.argv[1:])
