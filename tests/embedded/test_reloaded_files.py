"""A file that was loaded and then written again: its rows replace those that the table has of it, in the same snapshot."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from pyiceberg.transforms import BucketTransform, IdentityTransform, Transform

from floe_ingestion_dlt.domain.load_warnings import warning_text
from tests.embedded.sliced import in_slices, source, threads
from tests.embedded.test_two_hosts import DyingHost
from tests.platforms import Platform

RELOAD: dict[str, Any] = {"provenance": ["file"], "on_changed_file": "reload"}


def load(platform: Platform, **options: Any) -> Any:
    return platform.load(source_config={**RELOAD, **options.pop("source_config", {})}, **options)


def rows(platform: Platform) -> list[tuple[str, int]]:
    return sorted((row["_floe_file"], row["id"]) for row in platform.rows("_floe_file", "id"))


def begun(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n2\n")
    platform.csv("b.csv", "id\n3\n")
    assert load(platform).success


def test_a_changed_file_replaces_its_rows_beside_new_files(platform: Platform) -> None:
    begun(platform)
    platform.csv("a.csv", "id\n2\n5\n")
    platform.csv("c.csv", "id\n4\n")
    assert load(platform).success
    assert [("a.csv", 2), ("a.csv", 5), ("b.csv", 3), ("c.csv", 4)] == rows(platform)
    assert 2 == platform.snapshots()
    assert 0 == load(platform).rows_loaded
    assert 2 == platform.snapshots()


def test_a_changed_file_without_rows_leaves_none(platform: Platform) -> None:
    begun(platform)
    platform.csv("a.csv", "id\n")
    assert load(platform).success
    assert [("b.csv", 3)] == rows(platform)
    assert 0 == load(platform).rows_loaded
    platform.csv("a.csv", "id\n9\n")
    assert load(platform).success
    assert [("a.csv", 9), ("b.csv", 3)] == rows(platform)


def test_a_changed_file_is_reported(platform: Platform) -> None:
    begun(platform)
    platform.csv("a.csv", "id\n7\n")
    report = platform.plugin.load(platform.pipeline(source_config=dict(RELOAD)))
    (warning,) = report.warnings
    assert "1 file was written again after a load, such as" in warning_text(warning)
    assert warning_text(warning).endswith("a.csv: their rows replace those that the table has of them")


def test_a_roll_back_brings_the_rows_of_before_and_the_next_load_those_of_now(platform: Platform) -> None:
    begun(platform)
    before = rows(platform)
    platform.csv("a.csv", "id\n7\n")
    load(platform)
    platform.roll_back()
    assert before == rows(platform)
    load(platform)
    assert [("a.csv", 7), ("b.csv", 3)] == rows(platform)


def test_a_changed_file_with_a_new_column_replaces_its_rows(platform: Platform) -> None:
    begun(platform)
    platform.csv("a.csv", "id,name\n1,x\n")
    assert load(platform).success
    assert [(1, "x"), (3, None)] == sorted((row["id"], row["name"]) for row in platform.rows("id", "name"))


def test_a_changed_file_whose_rows_are_refused_changes_nothing(platform: Platform) -> None:
    begun(platform)
    before = rows(platform)
    platform.csv("a.csv", "id,name\n1,x\n")
    assert not load(platform, schema_contract="freeze").success
    assert before == rows(platform)
    platform.csv("a.csv", "id\n8\n")
    assert load(platform, schema_contract="freeze").success
    assert [("a.csv", 8), ("b.csv", 3)] == rows(platform)


@pytest.mark.parametrize("format_", ["json", "jsonl"])
def test_nested_rows_follow_their_file(platform: Platform, format_: str) -> None:
    nested = {"path": str(platform.data), "format": format_, "reader_options": {"nested": "tables"}}

    def write(name: str, *rows: dict[str, Any]) -> None:
        lines = [json.dumps(row) for row in rows]
        text = "\n".join(lines) if format_ == "jsonl" else f"[{', '.join(lines)}]"
        (platform.data / f"{name}.{format_}").write_text(text)

    write("a", {"id": 1, "tags": ["x", "y"]}, {"id": 2, "tags": ["z"]})
    write("b", {"id": 3, "tags": ["b"]})
    assert load(platform, source_config=dict(nested)).success
    write("a", {"id": 1, "tags": ["n"]})
    assert load(platform, source_config=dict(nested)).success
    assert [(f"a.{format_}", 1), (f"b.{format_}", 3)] == rows(platform)
    assert ["b", "n"] == sorted(row["value"] for row in platform.rows(table="bronze.orders__tags"))


def test_a_host_that_dies_before_the_commit_replaces_once(platform: Platform) -> None:
    begun(platform)
    platform.csv("a.csv", "id\n5\n")
    DyingHost(platform).load(cursor=None, source_config=dict(RELOAD))
    for _ in range(2):
        assert load(platform).success
        assert [("a.csv", 5), ("b.csv", 3)] == rows(platform)


def test_rows_that_do_not_name_their_file_refuse_the_load(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.load()
    platform.csv("b.csv", "id\n3\n")
    assert load(platform).success
    platform.csv("a.csv", "id\n2\n")
    refused = load(platform)
    assert not refused.success
    assert "refresh=True" in refused.errors[0]
    assert [1, 3] == [row["id"] for row in platform.rows("id")]
    report = platform.plugin.load(platform.pipeline(source_config=dict(RELOAD)), refresh=True)
    assert report.fault is None
    assert [("a.csv", 2), ("b.csv", 3)] == rows(platform)


@pytest.mark.parametrize("sliced", [False, True])
def test_files_of_two_folders_in_one_table_refuse_the_load(platform: Platform, *, sliced: bool) -> None:
    """Rows of the same file below another folder would be removed."""
    other = platform.folder / "other"
    other.mkdir()
    (other / "a.csv").write_text("id\n9\n")
    begun(platform)
    config = {"path": str(other), "format": "csv", **RELOAD}
    if sliced:
        pipeline = platform.pipeline(source_config=config)
        with threads() as workers:
            assert platform.plugin.load_in_slices(pipeline, 2, workers).fault is None
    else:
        assert load(platform, source_config=config).success
    before = rows(platform)
    assert [("a.csv", 1), ("a.csv", 2), ("a.csv", 9), ("b.csv", 3)] == before
    platform.csv("a.csv", "id\n5\n")
    refused = load(platform)
    assert not refused.success
    assert "another folder" in refused.errors[0]
    assert before == rows(platform)


def test_a_load_that_replaces_all_rows_leaves_one_folder(platform: Platform) -> None:
    other = platform.folder / "other"
    other.mkdir()
    (other / "a.csv").write_text("id\n9\n")
    load(platform, source_config={"path": str(other), "format": "csv", **RELOAD})
    platform.csv("a.csv", "id\n1\n")
    assert load(platform, write_mode="replace").success
    platform.csv("a.csv", "id\n2\n")
    assert load(platform).success
    assert [("a.csv", 2)] == rows(platform)


def test_a_single_file_that_was_written_again_replaces_its_rows(platform: Platform) -> None:
    platform.csv("a.csv", "id\n1\n")
    platform.csv("b.csv", "id\n2\n")
    single = {"path": str(platform.data / "a.csv"), "format": "csv", **RELOAD}
    assert load(platform, source_config=dict(single)).success
    assert load(platform, source_config={**single, "path": str(platform.data / "b.csv")}).success
    platform.csv("a.csv", "id\n5\n")
    assert load(platform, source_config=dict(single)).success
    assert [2, 5] == sorted(row["id"] for row in platform.rows("id"))


@pytest.mark.parametrize("provenance", [[], ["line"]])
def test_rows_must_name_their_files(platform: Platform, provenance: list[str]) -> None:
    platform.csv("a.csv", "id\n1\n")
    with pytest.raises(ValueError, match=r"set provenance to \[file\]"):
        load(platform, source_config={"provenance": provenance})


@pytest.mark.parametrize(
    ("options", "named"),
    [({"cursor": "id"}, "cursor_field"), ({"write_mode": "merge", "key": "id"}, "write_mode")],
)
def test_modes_that_take_only_some_rows_of_a_file_are_refused(
    platform: Platform, options: dict[str, Any], named: str
) -> None:
    platform.csv("a.csv", "id\n1\n")
    config = {"incremental": "files", "primary_key": options.pop("key", None)}
    result = load(platform, source_config=config, **options)
    assert not result.success
    assert named in result.errors[0]
    assert "on_changed_file" in result.errors[0]


@pytest.mark.parametrize("mask", ["hash", "drop"])
def test_the_column_of_files_cannot_be_masked(platform: Platform, mask: str) -> None:
    platform.csv("a.csv", "id\n1\n")
    result = load(platform, source_config={"mask": {"_floe_file": mask}, "mask_secret": "0123456789abcdef"})
    assert not result.success
    assert "on_changed_file" in result.errors[0]


def test_slices_refuse_files_that_were_written_again(platform: Platform) -> None:
    plugin = platform.a_plugin(
        sources=[source(platform, "csv", source_config={"incremental": "files", **RELOAD})]
    )
    with threads() as workers:
        assert in_slices(plugin, workers).fault is None
        changed = platform.data / "orders-3.csv"
        changed.write_bytes(changed.read_bytes() + b"\n")
        report = in_slices(plugin, workers)
    assert report.fault is not None
    assert "orders-3.csv" in report.fault.message
    assert 500 == len(platform.rows(table="bronze.shop"))


@pytest.mark.parametrize("name", [b"\xff\xfe.csv", b"dt=\xff/a.csv"])
def test_names_that_are_no_text_are_refused_by_name(platform: Platform, name: bytes) -> None:
    path = platform.data / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_text("id\n1\n")
    refused = load(platform)
    assert not refused.success
    assert "UTF-8" in refused.errors[0]
    assert "ff" in refused.errors[0]
    assert "Rename the f" in refused.errors[0]


@pytest.mark.parametrize(
    "name", ["ä b#%20?.csv", "a\u0301.csv", "o'neil.csv", "a\nb.csv", "*.csv", "x" * 200 + ".csv"]
)
def test_a_file_of_any_other_name_is_reloaded(platform: Platform, name: str) -> None:
    platform.csv(name, "id\n1\n")
    platform.csv("b.csv", "id\n9\n")
    assert load(platform).success
    platform.csv(name, "id\n2\n3\n")
    assert load(platform).success
    assert [(name, 2), (name, 3), ("b.csv", 9)] == sorted(rows(platform), key=lambda row: row[1])


@pytest.mark.parametrize("transform", [IdentityTransform(), BucketTransform(4)], ids=str)
def test_files_are_reloaded_into_a_table_that_another_engine_has_partitioned(
    platform: Platform, transform: Transform[Any, Any]
) -> None:
    begun(platform)
    with platform.catalog.load_table("bronze.orders").update_spec() as spec:
        spec.add_field("_floe_file", transform)
    for number in (5, 6):
        platform.csv("a.csv", f"id\n{number}\n")
        assert load(platform).success
    assert [("a.csv", 6), ("b.csv", 3)] == rows(platform)
