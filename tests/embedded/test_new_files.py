"""Each file of a folder is loaded once, whatever its name and time, as long as it does not change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.rows_of_each_kind import load
from tests.embedded.sliced import at_once, in_slices, source, threads
from tests.embedded.test_two_hosts import DyingHost
from tests.platforms import Platform


def ids(platform: Platform) -> list[int]:
    return [row["id"] for row in platform.rows("id")]


def warned(platform: Platform, **options: Any) -> tuple[str, ...]:
    source = options.pop("source_config", {})
    report = platform.plugin.load(platform.pipeline(source_config=source, **options))
    assert report.fault is None
    return tuple(type(warning).__name__ for warning in report.warnings)


def test_files_that_arrive_are_loaded_and_no_file_twice(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("b.csv", "id\n2\n")
    platform.load()
    platform.load()
    assert [1, 2] == ids(platform)
    assert 2 == platform.snapshots()


def test_late_files_with_old_times_and_names_before_others_are_loaded(platform: Platform) -> None:
    platform.csv("m.csv", "id\n1\n")
    platform.load()
    platform.csv("a.csv", "id\n2\n")
    old = platform.data / "a.csv"
    os.utime(old, (0, 0))
    platform.load()
    assert [1, 2] == ids(platform)


def test_files_are_known_on_a_new_host(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.forget_local_state()
    platform.csv("b.csv", "id\n2\n")
    platform.load()
    assert [1, 2] == ids(platform)


def test_a_roll_back_forgets_the_files_of_the_snapshot(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("b.csv", "id\n2\n")
    platform.load()
    platform.roll_back()
    assert [1] == ids(platform)
    platform.load()
    assert [1, 2] == ids(platform)


def test_a_table_that_was_dropped_gets_all_files_again(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.catalog.drop_table("bronze.orders")
    platform.load()
    assert [1] == ids(platform)


def test_a_run_that_fails_knows_no_file_of_it(platform: Platform) -> None:
    platform.csv("a.csv", "id,v\n1,1\n")
    platform.load()
    platform.csv("b.csv", "id,v\n2,x\n")
    assert not platform.load(schema_contract="freeze").success
    assert platform.load(schema_contract="evolve").success
    assert [1, 2] == ids(platform)


def test_a_table_that_was_replaced_once_gets_new_files_by_append(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.csv("b.csv", "id\n2\n")
    platform.load()
    platform.load(write_mode="replace")
    platform.csv("c.csv", "id\n3\n")
    platform.load()
    assert [1, 2, 3] == ids(platform)


def test_a_changed_file_is_loaded_again_and_reported(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("a.csv", "id\n1\n2\n")
    assert ("FilesChanged",) == warned(platform)
    assert [1, 1, 2] == ids(platform)
    assert () == warned(platform)


def test_a_changed_file_is_ignored_where_that_is_asked_for(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("a.csv", "id\n1\n2\n")
    platform.csv("b.csv", "id\n3\n")
    assert ("FilesChanged",) == warned(platform, source_config={"on_changed_file": "ignore"})
    assert [1, 3] == ids(platform)


def test_a_changed_file_is_refused_where_that_is_asked_for(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("a.csv", "id\n1\n2\n")
    platform.csv("b.csv", "id\n3\n")
    refused = platform.load(source_config={"on_changed_file": "error"})
    assert not refused.success
    assert "a.csv" in refused.errors[0]
    assert "on_changed_file" in refused.errors[0]
    assert [1] == ids(platform)


def test_all_files_are_read_where_that_is_asked_for(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    for _ in range(2):
        platform.load(source_config={"incremental": "all"})
    assert [1, 1] == ids(platform)


def test_new_files_are_merged(platform: Platform) -> None:
    merge: dict[str, Any] = {"primary_key": "id", "incremental": "files"}
    platform.csv("a.csv", "id,v\n1,a\n")
    platform.load(write_mode="merge", source_config=dict(merge))
    platform.csv("b.csv", "id,v\n1,b\n2,b\n")
    platform.load(write_mode="merge", source_config=dict(merge))
    snapshots = platform.snapshots()
    platform.load(write_mode="merge", source_config=dict(merge))
    assert [{"id": 1, "v": "b"}, {"id": 2, "v": "b"}] == platform.rows("id", "v")
    assert snapshots == platform.snapshots()


def test_replace_reads_all_files_and_refuses_to_read_only_new_ones(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load(write_mode="replace")
    platform.csv("b.csv", "id\n2\n")
    platform.load(write_mode="replace")
    assert [1, 2] == ids(platform)
    refused = platform.load(write_mode="replace", source_config={"incremental": "files"})
    assert not refused.success
    assert "incremental" in refused.errors[0]
    assert [1, 2] == ids(platform)


def test_new_files_and_a_cursor_of_their_rows(platform: Platform) -> None:
    both = {"incremental": "files"}
    platform.csv("a.csv", "id\n1\n2\n")
    platform.load(cursor="id", source_config=dict(both))
    platform.csv("b.csv", "id\n2\n3\n")
    platform.load(cursor="id", source_config=dict(both))
    platform.load(cursor="id", source_config=dict(both))
    assert [1, 2, 3] == ids(platform)


def test_a_file_without_rows_is_not_read_again(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("b.csv", "id\n")
    platform.load()
    platform.csv("c.csv", "id\n3\n")
    platform.load()
    assert [1, 3] == ids(platform)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_every_format_is_loaded_once(platform: Platform, kind: str) -> None:
    load(platform, kind, [{"id": 1}])
    result = platform.plugin.run(
        platform.pipeline(source_config={"path": str(platform.data), "format": kind})
    )
    assert result.success
    assert [1] == ids(platform)


def let_grow(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the file of this *name* have another size whenever it is looked at."""
    real = Path.stat
    sizes = iter(range(10**6))

    def growing(self: Path, **options: Any) -> os.stat_result:
        found = real(self, **options)
        if self.name != name:
            return found
        values = list(found)
        values[6] = found.st_size + next(sizes)
        return os.stat_result(values)

    monkeypatch.setattr(Path, "stat", growing)


def test_a_file_that_is_written_while_it_is_read_is_not_half_loaded(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.csv("a.csv", "id\n1\n")
    let_grow(monkeypatch, "a.csv")
    result = platform.load(source_config={"incremental": "files"})
    assert 0 == result.rows_loaded
    monkeypatch.undo()
    platform.load()
    assert [1] == ids(platform)


def test_a_load_that_replaces_all_rows_reads_files_that_are_being_written_too(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left out, their rows would be gone from the table."""
    for number, name in enumerate(("a.csv", "b.csv"), 1):
        platform.csv(name, f"id\n{number}\n")
    let_grow(monkeypatch, "a.csv")
    for _ in range(2):
        assert platform.load(write_mode="replace").success
        assert [1, 2] == ids(platform)


def test_names_of_any_kind_are_known(platform: Platform) -> None:
    names = [b"\xc3\xa4 b#%20?.csv", "a\u0301.csv".encode(), b"=x=.csv", b"\xff\xfe.csv"]
    for number, name in enumerate(names):
        (platform.data / os.fsdecode(name)).write_text(f"id\n{number}\n")
    for _ in range(2):
        assert platform.load().success
    assert [0, 1, 2, 3] == ids(platform)


def test_a_pending_load_of_files_that_another_host_has_loaded_is_not_added(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    DyingHost(platform).load(cursor=None)
    mine, platform.plugin = platform.plugin, platform.a_plugin(pipelines_dir=str(platform.folder / "other"))
    platform.load()
    platform.plugin = mine
    for _ in range(2):
        assert platform.load().success
    assert [1] == ids(platform)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_slices_load_each_file_once_and_later_loads_know_them(platform: Platform, kind: str) -> None:
    once = source(platform, kind, source_config={"incremental": "files"})
    plugin = platform.a_plugin(sources=[once])
    with threads() as workers:
        for _ in range(2):
            assert in_slices(plugin, workers).fault is None
        assert at_once(plugin).fault is None
        assert 500 == len(platform.rows(table="bronze.shop"))
        more = platform.data / f"more.{kind}"
        more.write_bytes((platform.data / f"orders-3.{kind}").read_bytes())
        report = in_slices(plugin, workers)
    assert [50] == [receipt.rows for receipt in report.receipts if receipt.table.name == "shop"]
    assert 550 == len(platform.rows(table="bronze.shop"))


def test_slices_read_all_files_where_that_is_asked_for(platform: Platform) -> None:
    plugin = platform.a_plugin(sources=[source(platform, "csv")])
    with threads() as workers:
        for _ in range(2):
            assert in_slices(plugin, workers).fault is None
    assert 1000 == len(platform.rows(table="bronze.shop"))
