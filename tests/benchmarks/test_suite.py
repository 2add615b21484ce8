"""The suite of benchmarks measures programs that have written the same rows."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from benchmarks.suite.__main__ import How, measured
from benchmarks.suite.content import content_of
from benchmarks.suite.limits import added, new_file
from benchmarks.suite.page import page_of
from benchmarks.suite.processes import cost_of
from benchmarks.suite.profiles import shares_in, shown
from benchmarks.suite.workload import Workload
from benchmarks.suite.workloads import Api, NoNewRows, Start

SCALE = 0.002


@pytest.mark.parametrize(("kind", "rows"), [(Api, 200), (NoNewRows, 200)])
def test_the_limit_and_the_plugin_write_the_same_rows(
    tmp_path: Path, kind: type[Workload], rows: int
) -> None:
    row = measured(kind, tmp_path, SCALE, How(1, {"dlt": sys.executable}))
    assert rows == row.rows
    assert all(cost.cpu > 0 and cost.mb > 0 for cost in (row.limit, row.ours))
    assert set(row.peers) == ({"dlt"} if kind.by_dlt else set())
    assert f"| {kind.title} | {rows} |" in page_of([row], SCALE, 1)


def test_a_start_has_no_rows(tmp_path: Path) -> None:
    row = measured(Start, tmp_path, SCALE, How(1))
    assert (0, True, True) == (row.rows, row.limit.cpu > 0, row.ours.cpu > row.limit.cpu)


def test_the_memory_of_a_program_is_its_own_and_not_that_of_the_process_that_starts_it() -> None:
    held = b"1" * 800_000_000
    cost = cost_of("tests.benchmarks.small_program")
    assert len(held) == 800_000_000
    assert 5 < cost.mb < 100


SAMPLES = """
main (benchmarks/suite/run.py:45);load (floe_ingestion_dlt/plugin.py:9);read (floe_ingestion_dlt/adapters/a.py:1);read_csv (pyarrow/csv.py:2) 50
main (benchmarks/suite/run.py:45);load (floe_ingestion_dlt/plugin.py:9);dumps (json/__init__.py:2) 4
_find_and_load (<frozen importlib._bootstrap>:1);<module> (pyiceberg/table/__init__.py:3);Model (pydantic/main.py:1) 30
main (benchmarks/suite/run.py:45);load (floe_ingestion_dlt/plugin.py:9) 10
run (threading.py:953);work (dlt/extract.py:7) 6
""".strip()


def test_a_profile_names_the_modules_of_the_plugin_and_what_is_imported() -> None:
    found = shares_in(SAMPLES.splitlines())
    assert found == {
        "`adapters/a` in pyarrow": 0.5,
        "importing pyiceberg": 0.3,
        "`plugin`": 0.1,
        "dlt": 0.06,
        "`plugin` in json": 0.04,
    }
    assert shown(found) == "`adapters/a` in pyarrow 50%, importing pyiceberg 30%, `plugin` 10%, dlt 6%"


@pytest.mark.parametrize(
    ("changed", "is_same"),
    [
        ({"id": [2, 1], "v": ["b", "a"]}, True),
        ({"id": pa.array([2.0, 1.0]), "v": ["b", "a"]}, True),
        ({"id": [1, 2], "v": ["b", "a"]}, False),
        ({"id": [1, 2, 2], "v": ["a", "b", "b"]}, False),
        ({"id": [1, 2], "v": ["a", None]}, False),
    ],
)
def test_content_is_the_same_in_any_order_and_differs_by_a_value(
    tmp_path: Path, changed: dict[str, object], *, is_same: bool
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for place, rows in ((first, {"id": [1, 2], "v": ["a", "b"]}), (second, changed)):
        place.mkdir()
        file = new_file(place)
        pq.write_table(pa.table(rows), file)
        added(place, file)
    assert is_same == (content_of(first) == content_of(second))
