"""The cursor moves with the rows."""

from __future__ import annotations

import dlt

from tests.platforms import TABLE, Platform


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in platform.rows("id")]


def test_only_new_rows_are_loaded(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n2,bob\n")
    assert 2 == platform.load(cursor="id").rows_loaded
    platform.csv("b.csv", "id,name\n3,cid\n")
    assert 1 == platform.load(cursor="id").rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_a_run_with_nothing_new_makes_no_snapshot(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n")
    platform.load(cursor="id")
    for _ in range(3):
        result = platform.load(cursor="id")
        assert (True, 0) == (result.success, result.rows_loaded)
    assert 1 == platform.snapshots()


def test_a_fresh_host_resumes_where_the_last_one_was(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n2,bob\n")
    platform.load(cursor="id")
    platform.forget_local_state()
    platform.csv("b.csv", "id,name\n3,cid\n")
    assert 1 == platform.load(cursor="id").rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_a_fresh_host_resumes_without_dlts_own_tables(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n2,bob\n")
    platform.load(cursor="id")
    platform.forget_local_state()
    platform.forget_dlt_tables()
    platform.csv("b.csv", "id,name\n3,cid\n")
    assert 1 == platform.load(cursor="id").rows_loaded
    assert [1, 2, 3] == ids(platform)


def test_the_cursor_goes_back_when_the_table_is_rolled_back(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n")
    platform.load(cursor="id")
    platform.csv("b.csv", "id,name\n2,bob\n")
    platform.load(cursor="id")
    platform.roll_back()
    assert [1] == ids(platform)
    assert 1 == platform.load(cursor="id").rows_loaded
    assert [1, 2] == ids(platform)


def test_a_dropped_table_is_loaded_from_the_start(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n2,bob\n")
    platform.load(cursor="id")
    platform.catalog.drop_table(TABLE)
    assert 2 == platform.load(cursor="id").rows_loaded
    assert [1, 2] == ids(platform)


def test_the_cursor_of_the_run_applies_to_the_orchestrators_source(platform: Platform) -> None:
    pipeline = platform.pipeline()
    rows = [{"id": 1}, {"id": 2}]
    for new in ([], [{"id": 3}]):
        rows += new
        platform.plugin.run(pipeline, source=dlt.resource(list(rows), name="orders"), cursor_field="id")
    assert [1, 2, 3] == ids(platform)


def test_a_source_with_a_cursor_of_its_own_loads_no_row_twice(platform: Platform) -> None:
    pipeline = platform.pipeline()
    rows = [{"id": 1, "hour": 5}, {"id": 2, "hour": 5}]
    loaded = []
    for new in ([], [], [{"id": 3, "hour": 5}, {"id": 4, "hour": 6}]):
        rows += new
        source = dlt.resource(list(rows), name="orders", incremental=dlt.sources.incremental("hour"))
        loaded.append(platform.plugin.run(pipeline, source=source).rows_loaded)
    assert [2, 0, 2] == loaded
    assert [1, 2, 3, 4] == ids(platform)
