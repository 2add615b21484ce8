"""What a run does to a table, and what it reports."""

from __future__ import annotations

from pathlib import Path

from returns.result import Success

from floe_ingestion_dlt.ports.retries import NoRetries
from tests.platforms import TABLE, Platform

ANN, BOB, CID = ({"id": 1, "name": "ann"}, {"id": 2, "name": "bob"}, {"id": 3, "name": "cid"})


def test_append_twice_doubles(platform: Platform) -> None:
    for _ in range(2):
        assert platform.load([ANN, BOB]).success
    assert [ANN, ANN, BOB, BOB] == platform.rows()


def test_replace_replaces(platform: Platform) -> None:
    platform.load([ANN, BOB])
    result = platform.load([CID], write_mode="replace")
    assert (True, 1) == (result.success, result.rows_loaded)
    assert [CID] == platform.rows()


def test_replace_replaces_nested_rows_even_by_none(platform: Platform) -> None:
    platform.load([ANN | {"tags": [{"t": "x"}]}], write_mode="replace")
    platform.load([BOB | {"tags": []}], write_mode="replace")
    assert [BOB] == platform.rows("id", "name")
    assert [] == platform.rows(table=f"{TABLE}__tags")


def test_each_load_is_one_snapshot_of_each_table(platform: Platform) -> None:
    for row in (ANN, BOB):
        platform.load([row | {"tags": [{"t": "x"}, {"t": "y"}]}])
    assert (2, 2) == (platform.snapshots(), platform.snapshots(f"{TABLE}__tags"))


def test_nested_rows_find_their_parents(platform: Platform) -> None:
    platform.load([ANN | {"tags": [{"t": "x"}, {"t": "y"}]}, BOB | {"tags": []}])
    catalog = platform.catalog
    root = catalog.load_table(TABLE).scan().to_arrow().to_pylist()
    tags = catalog.load_table(f"{TABLE}__tags").scan().to_arrow().to_pylist()
    names = {row["_dlt_id"]: row["name"] for row in root}
    assert [("ann", "x"), ("ann", "y")] == sorted((names[tag["_dlt_parent_id"]], tag["t"]) for tag in tags)


def test_the_result_tells_the_figures_of_the_commit(platform: Platform) -> None:
    platform.load([ANN])
    result = platform.load([BOB, CID])
    table = platform.catalog.load_table(TABLE)
    snapshot = table.current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert "2" == snapshot.summary["added-records"]
    assert (2, int(snapshot.summary["added-files-size"] or 0)) == (result.rows_loaded, result.bytes_written)


def test_the_bytes_of_nested_tables_count_and_their_rows_do_not(platform: Platform) -> None:
    result = platform.load([ANN | {"tags": [{"t": "x"}, {"t": "y"}]}])
    sizes = [
        int(str(size))
        for table in (TABLE, f"{TABLE}__tags")
        for size in platform.catalog.load_table(table).inspect.files()["file_size_in_bytes"].to_pylist()
    ]
    assert (1, sum(sizes)) == (result.rows_loaded, result.bytes_written)


def test_a_glob_that_matches_nothing_is_a_success_with_no_rows(platform: Platform) -> None:
    result = platform.load()
    assert (True, 0, 0, []) == (result.success, result.rows_loaded, result.bytes_written, result.errors)


def test_a_file_without_rows_is_a_success_with_no_rows(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n")
    result = platform.load()
    assert (True, 0) == (result.success, result.rows_loaded)


def test_names_are_kept_as_written(platform: Platform) -> None:
    for table in ("Lake.Bronze.MyOrders", "Lake.Bronze.my_orders", "Lake.Bronze_My.Orders"):
        assert platform.load([ANN], table=table).success
        assert [ANN] == platform.rows(table=table)
    assert 1 == len([name for name in platform.catalog.list_tables("Lake.Bronze_My") if name[-1] == "Orders"])


def test_pipelines_whose_names_look_alike_keep_their_states_apart(platform: Platform) -> None:
    platform.csv("a.csv", "id,name\n1,ann\n")
    for table in ("a_b.c", "a.b_c"):
        assert 1 == platform.load(table=table, cursor="id").rows_loaded
        assert 0 == platform.load(table=table, cursor="id").rows_loaded


def test_rows_are_read_back_through_dlts_dataset(platform: Platform) -> None:
    pipeline = platform.pipeline()
    platform.csv("a.csv", "id,name\n1,ann\n2,bob\n")
    platform.plugin.run(pipeline)
    read = pipeline.dataset()["orders"].select("id", "name").arrow().to_pylist()
    assert [ANN, BOB] == sorted(read, key=lambda row: row["id"])


def test_dlts_own_tables_tell_of_finished_loads(platform: Platform) -> None:
    pipeline = platform.pipeline()
    platform.csv("a.csv", "id,name\n1,ann\n")
    platform.plugin.run(pipeline)
    loads = platform.catalog.load_table("bronze._dlt_loads").scan().to_arrow()["load_id"].to_pylist()
    state = platform.catalog.load_table("bronze._dlt_pipeline_state").scan().to_arrow().to_pylist()
    assert 1 == len(loads)
    assert [("bronze-orders", loads[0])] == [(row["pipeline_name"], row["_dlt_load_id"]) for row in state]


def test_what_is_pending_for_one_catalog_does_not_land_in_another(platform: Platform, tmp_path: Path) -> None:
    platform.csv("a.csv", "id\n1\n")
    crashed = platform.pipeline()
    # A run that died after it had extracted.
    assert Success(None) == platform.plugin._connections.engine.extract(crashed, None, NoRetries())
    (tmp_path / "other").mkdir()
    other = Platform(tmp_path / "other")
    other.plugin = other.a_plugin(pipelines_dir=str(platform.folder / "pipelines"))
    assert other.load([{"id": 2}]).success
    assert [{"id": 2}] == other.rows()
    platform.csv("a.csv", "id\n3\n")
    assert platform.load().success
    assert [{"id": 1}, {"id": 3}] == platform.rows()


def test_health_tells_whether_the_tables_of_a_load_appear_together(platform: Platform) -> None:
    assert platform.plugin.health_check().details["commits_together"] is True
