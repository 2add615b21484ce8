"""What `plugin.plan` says a run would do is what the run does, and nothing is written by it."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from floe_core.plugins.ingestion import IngestionConfig
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from floe_ingestion_dlt import Window
from floe_ingestion_dlt.domain.run_plan import RunPlan
from tests.platforms import TABLE, Platform


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def lines(platform: Platform, name: str, *rows: dict[str, object]) -> None:
    (platform.data / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def files_of(
    platform: Platform, cursor: str | None = None, key: list[str] | None = None, **options: Any
) -> Any:
    config: dict[str, Any] = {
        "format": "jsonl",
        "reader_options": {"nested": "tables"},
        "cursor_field": cursor,
    }
    config |= {} if key is None else {"primary_key": key}
    return platform.pipeline(source_config=config, **options)


def words(plan: RunPlan) -> list[str]:
    return [f"{'not ' if found.is_discarded else ''}{found.change}" for found in plan.changes]


def test_nothing_is_written_whatever_the_load_would_do(platform: Platform) -> None:
    lines(platform, "1.jsonl", {"id": 1, "tags": [{"t": "x"}]})
    pipeline = files_of(platform)
    loads: list[tuple[str, dict[str, object] | None]] = [
        ("1", None),
        ("2", {"id": 2, "new": "a"}),
        ("3", {"id": "text"}),
    ]
    for name, row in loads:
        if row is not None:
            lines(platform, f"{name}.jsonl", row)
        before = hashes(platform.folder)
        assert platform.plugin.plan(pipeline).success
        assert before == hashes(platform.folder)
        assert platform.plugin.load(pipeline).success


def test_a_new_table_is_announced_with_its_nested_ones(platform: Platform) -> None:
    lines(platform, "1.jsonl", {"id": 1, "tags": [{"t": "x"}]}, {"id": 2, "tags": []})
    plan = platform.plugin.plan(files_of(platform))
    assert (True, 2, False) == (plan.is_new, plan.rows, plan.has_more)
    assert {f"new table {TABLE}", f"new table {TABLE}__tags"} == set(words(plan))
    assert not platform.catalog.table_exists(TABLE)


def test_columns_that_are_added_widened_and_divided_are_named(platform: Platform) -> None:
    lines(platform, "1.jsonl", {"id": 1, "age": 30})
    platform.plugin.load(pipeline := files_of(platform))
    lines(platform, "2.jsonl", {"id": 2, "age": "old", "town": "Oslo"})
    plan = platform.plugin.plan(pipeline)
    assert {
        "new column town (string)",
        "new column age__v_text (string) for values that age cannot hold",
    } == set(words(plan))
    assert (1, 1) == (plan.rows, plan.files)


@pytest.mark.parametrize("contract", ["freeze", "discard_value"])
def test_what_a_contract_keeps_out_is_said(platform: Platform, contract: str) -> None:
    lines(platform, "1.jsonl", {"id": 1})
    platform.plugin.load(pipeline := files_of(platform))
    lines(platform, "2.jsonl", {"id": 2, "town": "Oslo"})
    plan = platform.plugin.plan(pipeline, schema_contract=contract)
    if contract == "freeze":
        assert plan.error is not None
        assert "town (string)" in plan.error
    else:
        assert ["not new column town (string)"] == words(plan)
        assert [("town", 1)] == [(lost.column, lost.rows) for lost in plan.discarded]


def test_the_cursor_moves_as_in_a_run(platform: Platform) -> None:
    lines(platform, "1.jsonl", {"id": 1})
    platform.plugin.load(pipeline := files_of(platform, cursor="id"))
    lines(platform, "2.jsonl", {"id": 7}, {"id": 5})
    plan = platform.plugin.plan(pipeline)
    assert ([1], [7], 2) == (
        [found.value for found in plan.before],
        [found.value for found in plan.after],
        plan.rows,
    )
    assert 2 == platform.plugin.load(pipeline).rows


def test_only_a_sample_of_a_large_source_is_read(platform: Platform) -> None:
    database = platform.folder / "large.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.executemany("INSERT INTO orders VALUES (?)", ((number,) for number in range(40_000)))
        connection.commit()
    source = {"connection_string": f"sqlite:///{database}", "table": "orders", "chunk_rows": 5_000}
    pipeline = platform.plugin.create_pipeline(IngestionConfig("sql_database", source, TABLE))
    plan = platform.plugin.plan(pipeline)
    assert plan.has_more
    assert plan.read == 10_000


def test_a_wrong_source_and_a_wrong_option_are_faults(platform: Platform) -> None:
    pipeline = platform.pipeline(source_config={"cursor_field": "nope"})
    platform.csv("1.csv", "id\n1\n")
    assert "nope" in str(platform.plugin.plan(pipeline).error)
    assert "refresh_all" in str(platform.plugin.plan(pipeline, refresh_all=True).error)


@pytest.mark.parametrize(
    ("of_table", "of_run"),
    [
        ({"delete_missing": "keys", "soft_delete": "gone", "max_deletes": "90%"}, {}),
        ({"delete_missing": "keys", "max_deletes": "90%"}, {}),
        ({"merge_strategy": "scd2"}, {}),
        ({}, {"window": Window("id", 1, 9)}),
        ({}, {"refresh": True}),
    ],
    ids=str,
)
def test_loads_that_are_built_on_the_rows_of_the_table_are_tried_as_well(
    platform: Platform, of_table: dict[str, Any], of_run: dict[str, Any]
) -> None:
    platform.csv("1.csv", "id,name\n1,a\n2,b\n")
    config = {**of_table, "primary_key": ["id"], "incremental": "all"}
    pipeline = platform.pipeline(source_config=config, write_mode="append" if "window" in of_run else "merge")
    assert platform.plugin.load(pipeline).success
    platform.csv("1.csv", "id,name\n2,c\n3,d\n")
    plan, done = platform.plugin.plan(pipeline, **of_run), platform.plugin.load(pipeline, **of_run)
    assert (True, None) == (done.success, done.error)
    assert (True, None, done.rows) == (plan.success, plan.error, plan.rows)


VALUES = (
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(-9, 9) | st.text("ab1", max_size=3)
)
NESTED = st.lists(st.fixed_dictionaries({}, optional={"t": VALUES, "u": VALUES}), max_size=2)
ROWS = st.lists(
    st.fixed_dictionaries({"id": st.integers(1, 4)}, optional={"a": VALUES, "b": VALUES, "tags": NESTED}),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=200 if os.environ.get("FULL_SUITE") else 15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@pytest.mark.timeout(1200)
@given(
    ROWS,
    ROWS,
    st.sampled_from(["evolve", "freeze", "discard_value"]),
    st.sampled_from(["append", "merge", "replace"]),
)
def test_the_verdict_is_that_of_the_run(
    first: list[dict[str, object]], second: list[dict[str, object]], contract: str, mode: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        platform = Platform(Path(folder))
        key = ["id"] if mode == "merge" else None
        for rows in (first, second):
            (platform.data / "1.jsonl").unlink(missing_ok=True)
            lines(platform, f"{1 if rows is first else 2}.jsonl", *rows)
            pipeline = files_of(platform, key=key, write_mode=mode, schema_contract=contract)
            plan = platform.plugin.plan(pipeline)
            done = platform.plugin.load(pipeline)
            assert (plan.success, plan.error) == (done.success, done.error)
            # files are staged in any order
            assert (plan.rows, set(plan.discarded)) == (done.rows, set(done.discarded))
        platform.plugin.shutdown()
