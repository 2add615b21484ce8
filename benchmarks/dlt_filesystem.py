"""What a crash or a lost answer does to dlt's own Iceberg tables (its filesystem destination), for docs/guarantees.md.

It needs an environment of its own, which has nothing of this project:

    uv run --isolated --no-project --with 'dlt[filesystem,pyiceberg]==1.31.*' --with 'pyiceberg[sql-sqlite]==0.12.*' python benchmarks/dlt_filesystem.py

Three loads of three rows each, by a cursor; the second one dies, is run again, and is followed by the third. Then each row must be there
once. Every cell is a process that is killed at a moment, on the same disk or with a fresh one for the next run.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations.impl.filesystem.filesystem import FilesystemClient, IcebergLoadFilesystemJob
from dlt.pipeline.pipeline import Pipeline
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import StaticTable, Table

ROWS_EACH = 3
Row = dict[str, Any]


def dies(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def first(owner: type, method: str, act: Callable[..., Any]) -> None:
    """Let *act* come before the method."""
    original = getattr(owner, method)

    @functools.wraps(original)
    def changed(self: object, *given: object, **named: object) -> object:
        act(self, *given)
        return original(self, *given, **named)

    setattr(owner, method, changed)


def afterwards(owner: type, method: str, act: Callable[..., Any]) -> None:
    """Let *act* follow the method."""
    original = getattr(owner, method)

    @functools.wraps(original)
    def changed(self: object, *given: object, **named: object) -> object:
        answer = original(self, *given, **named)
        act(self, *given)
        return answer

    setattr(owner, method, changed)


def after_a_commit_to(name: str, act: Callable[..., Any]) -> None:
    def chosen(_catalog: object, table: Table, *_: object) -> None:
        if table.name()[-1] == name:
            act()

    afterwards(SqlCatalog, "commit_table", chosen)


def answer_lost(times: int) -> Callable[[], None]:
    left = [times]

    def lose() -> None:
        if left[0]:
            left[0] -= 1
            raise ConnectionError("the answer was lost")

    return lose


CRASHES: dict[str, Callable[[], None]] = {
    "while rows are read": lambda: None,
    "all rows are read": lambda: first(Pipeline, "normalize", dies),
    "all is normalized": lambda: first(Pipeline, "load", dies),
    "files are uploaded, no commit": lambda: first(IcebergLoadFilesystemJob, "run", dies),
    "commit landed, answer unread": lambda: after_a_commit_to("orders", dies),
    "between two tables": lambda: after_a_commit_to("orders__tags", dies),
    "rows in, dlt's tables not": lambda: first(FilesystemClient, "complete_load", dies),
    "dlt's tables in, package open": lambda: afterwards(FilesystemClient, "complete_load", dies),
}
LOST = {"lost answer, once": 1, "lost answer, twice": 2}


def load(folder: Path, step: int, mode: str, moment: str | None) -> None:
    @dlt.resource(
        name="orders",
        primary_key="id",
        table_format="iceberg",
        write_disposition="append" if mode == "append" else {"disposition": "merge", "strategy": "upsert"},  # type: ignore[arg-type]
    )
    def orders(at: Any = dlt.sources.incremental("at")) -> Iterator[Row]:  # noqa: ARG001, B008 - that is how dlt takes it
        for number in range(1, step * ROWS_EACH + 1):
            if moment == "while rows are read" and number == step * ROWS_EACH:
                dies()
            yield {"id": number, "at": number, "tags": [{"tag": f"of {number}"}]}

    if moment in CRASHES:
        CRASHES[moment]()
    elif moment:
        after_a_commit_to("orders", answer_lost(LOST[moment]))
    destination = dlt.destinations.filesystem(bucket_url=(folder / "lake").as_uri())
    pipeline = dlt.pipeline(
        "shop", pipelines_dir=str(folder / "pipelines"), destination=destination, dataset_name="bronze"
    )
    pipeline.run(orders())


def rows(folder: Path, table: str, column: str) -> Counter[Any]:
    newest = max(
        (folder / "lake" / "bronze" / table / "metadata").glob("*.metadata.json"), key=lambda p: p.name
    )
    found = StaticTable.from_metadata(str(newest)).scan().to_arrow()
    return Counter(found[column].to_pylist())


def verdict(folder: Path) -> str:
    """What is wrong with the rows, if anything is."""
    numbers = range(1, 3 * ROWS_EACH + 1)
    said = []
    for table, column, expected in (
        ("orders", "id", [*numbers]),
        ("orders__tags", "tag", [f"of {n}" for n in numbers]),
    ):
        try:
            found = rows(folder, table, column)
        except (OSError, ValueError) as error:
            return f"{table} cannot be read: {type(error).__name__}"
        doubled = sum(count - 1 for count in found.values() if count > 1)
        lost = len(set(expected) - set(found))
        said += [f"{doubled} of {table} doubled"] * bool(doubled) + [f"{lost} of {table} lost"] * bool(lost)
    return ", ".join(said) or "each row once"


def in_a_process(*told: Any) -> int | None:
    process = get_context("spawn").Process(target=load, args=told)
    process.start()
    process.join(120)
    return process.exitcode


def main() -> None:
    print("| moment | mode | same disk | fresh host |\n| --- | --- | --- | --- |")
    for moment in (*CRASHES, *LOST):
        for mode in ("append", "upsert"):
            verdicts = []
            for fresh in (False, True):
                folder = Path(tempfile.mkdtemp(prefix="dlt-"))
                in_a_process(folder, 1, mode, None)
                died = in_a_process(folder, 2, mode, moment)
                if fresh:
                    shutil.rmtree(folder / "pipelines", ignore_errors=True)
                ends = [in_a_process(folder, step, mode, None) for step in (2, 3)]
                failed = "" if ends == [0, 0] else f" (later runs fail: {ends})"
                verdicts.append(verdict(folder) + failed + ("" if died else " (no crash)"))
                shutil.rmtree(folder)
            print(f"| {moment} | {mode} | {' | '.join(verdicts)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
