"""Each damage is found, and named by its kind and place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.embedded import damages as do
from tests.platforms import TABLE, Platform

Found = tuple[str, str]
Damage = Callable[[Platform], list[Found]]


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Three loads by a cursor of one row each, in files that are equally long."""
    for day in (1, 2, 3):
        platform.csv(f"{day}.csv", f"id,day\n{day},2024-01-0{day}T00:00:00Z\n")
        assert platform.load(cursor="id").success
    return platform


def gone(file: Path, role: str) -> list[tuple[str, str]]:
    file.unlink()
    return [("MissingFile", f"the {role} {file.as_uri()} is gone")]


def cut(file: Path, role: str) -> list[tuple[str, str]]:
    size = file.stat().st_size
    do.cut(file)
    return [("WrongLength", f"the {role} {file.as_uri()} has {size - 20} bytes, and should have {size}")]


def garbled(file: Path, role: str) -> list[tuple[str, str]]:
    do.overwrite(file)
    return [("UnreadableFile", f"the {role} {file.as_uri()} cannot be read: ")]


def swapped(platform: Platform) -> list[Found]:
    _, one, other = sorted(do.data_files(platform))
    assert one.stat().st_size == other.stat().st_size
    do.swap(one, other)
    return [("WrongBounds", file.name) for file in (one, other)]


def predecessor_gone(platform: Platform) -> list[Found]:
    file = do.local(do.orders(platform).metadata.metadata_log[-1].metadata_file)
    return gone(file, "previous metadata file")


def metadata_gone(platform: Platform) -> list[Found]:
    do.local(do.orders(platform).metadata_location).unlink()
    return [("UnreadableTable", "the table's metadata cannot be read")]


def metadata_garbled(platform: Platform) -> list[Found]:
    do.overwrite(do.local(do.orders(platform).metadata_location))
    return [("UnreadableTable", "the table's metadata cannot be read")]


def edited(change: Callable[[do.Json], object], *found: Found) -> Damage:
    def damage(platform: Platform) -> list[Found]:
        do.edit(platform, lambda document: (change(document), None)[1])
        return list(found)

    return damage


def set_property(key: str, value: str) -> Callable[[do.Json], object]:
    return lambda document: document["properties"].update({key: value})


def set_summary(key: str, value: str) -> Callable[[do.Json], object]:
    return lambda document: do.newest(document)["summary"].update({key: value})


def record(cause: str, **values: object) -> Damage:
    def damage(platform: Platform) -> list[Found]:
        do.set_record(platform, **values)
        return [("LoadRecordDiffers", cause)]

    return damage


def loaded_twice(document: do.Json) -> None:
    first, *_, last = sorted(document["snapshots"], key=lambda s: s["sequence-number"])
    last["summary"]["floe.load-id"] = first["summary"]["floe.load-id"]


def state_as(text: str, *found: Found) -> Damage:
    def damage(platform: Platform) -> list[Found]:
        do.set_state(platform, text)
        return list(found)

    return damage


def cursor_behind(platform: Platform) -> list[Found]:
    do.set_state(platform, do.state_of(platform, back=1))
    return [("CursorBehind", "the cursor on id is 2, and a load has added a row with 3")]


def rolled_back_under_a_cursor(platform: Platform) -> list[Found]:
    state = do.state_of(platform)
    platform.roll_back()
    do.set_state(platform, state)
    # A copy of a state counts where it is tagged with the current snapshot.

    def tag(document: do.Json) -> None:
        current = do.newest(document)
        where = {"snapshot": current["snapshot-id"], "sequence": current["sequence-number"]}
        copied = json.loads(document["properties"]["floe.state"]) | where
        document["properties"]["floe.state"] = json.dumps(copied)

    do.edit(platform, tag)
    return [("CursorAhead", "the cursor on id is 3, and the newest row has 2")]


def foreign_ids(platform: Platform) -> list[Found]:
    file = do.add_rows(platform, do.with_ids({"id": 77}))
    return [("ForeignFields", f"{file.name} has columns without a field id of the table: id")]


def exchanged_ids(platform: Platform) -> list[Found]:
    file = do.add_rows(platform, do.with_exchanged_ids(platform))
    return [("ForeignFields", f"{file.name} has columns without a field id of the table: id, day")]


def no_ids(platform: Platform) -> list[Found]:
    file = do.add_rows(platform, pa.table({"id": [1]}))
    return [("ForeignFields", file.name)]


def file_in_place_of_state(platform: Platform) -> list[Found]:
    return gone(do.state_to_file(platform), "state file")


def state_file_cut(platform: Platform) -> list[Found]:
    do.cut(do.state_to_file(platform))
    return [("UnreadableState", "the pipeline's state cannot be read")]


def statistics_gone(platform: Platform) -> list[Found]:
    def change(document: do.Json) -> None:
        document["statistics"] = [
            {
                "snapshot-id": document["current-snapshot-id"],
                "statistics-path": "file:///nowhere/s.puffin",
                "file-size-in-bytes": 7,
                "file-footer-size-in-bytes": 7,
                "blob-metadata": [],
            }
        ]

    do.edit(platform, change)
    return [("MissingFile", "the statistics file file:///nowhere/s.puffin is gone")]


DAMAGES: dict[str, Damage] = {
    "a data file is gone": lambda p: gone(do.data_files(p)[1], "data file"),
    "a data file is cut": lambda p: cut(do.data_files(p)[1], "data file"),
    "a data file is overwritten": lambda p: garbled(do.data_files(p)[1], "data file"),
    "two data files are exchanged": swapped,
    "a manifest is gone": lambda p: gone(do.manifests(p)[1], "manifest"),
    "a manifest is cut": lambda p: cut(do.manifests(p)[1], "manifest"),
    "a manifest is overwritten": lambda p: garbled(do.manifests(p)[1], "manifest"),
    "a manifest list is gone": lambda p: gone(do.manifest_list(p), "manifest list"),
    "a manifest list is overwritten": lambda p: garbled(do.manifest_list(p), "manifest list"),
    "the state's file is gone": file_in_place_of_state,
    "the state's file is cut": state_file_cut,
    "a statistics file is gone": statistics_gone,
    "the previous metadata is gone": predecessor_gone,
    "the metadata is gone": metadata_gone,
    "the metadata is overwritten": metadata_garbled,
    "a load's property is no JSON": edited(
        set_property("floe.load.x", "yes"), ("BrokenProperty", "the property floe.load.x")
    ),
    "a load's property is of another shape": edited(
        set_property("floe.load.x", "[]"), ("BrokenProperty", "the property floe.load.x")
    ),
    "an announcement is no JSON": edited(
        set_property("floe.pending.x", "{"), ("BrokenProperty", "the property floe.pending.x")
    ),
    "the copy of the state is no JSON": edited(
        set_property("floe.state", "{"), ("BrokenProperty", "the property floe.state")
    ),
    "a snapshot's state is of another shape": edited(
        set_summary("floe.state", "2"), ("BrokenProperty", "floe.state of snapshot")
    ),
    "a load's property names another snapshot": record("snapshot 5, not", snapshot=5),
    "a load's property has another sequence number": record("sequence 9, not 3", sequence=9),
    "a load's property has another number of rows": record("rows 2, not 1", rows=2),
    "a load's property is gone": edited(
        lambda document: document["properties"].pop(do.last_load(document)),
        ("LoadRecordDiffers", "there is no record of it"),
    ),
    "a load is there twice": edited(
        loaded_twice,
        ("LoadTwice", "is in snapshots "),
    ),
    "the state is none": state_as("inline:v:{}", ("UnreadableState", "KeyError")),
    "the state is of an older load": cursor_behind,
    "the table is rolled back under its cursor": rolled_back_under_a_cursor,
    "a load is announced and not there": edited(
        set_property("floe.pending.dead", json.dumps([["bronze", "orders__lines"]])),
        ("OpenLoad", "load dead is not finished; its rows may be in bronze.orders__lines"),
    ),
    "a manifest counts other rows": lambda p: [
        ("WrongRowCount", f"{do.miscount(p).name} has 1 rows, and its manifest says 7")
    ],
    "a total counts other rows": edited(
        set_summary("total-records", "9"),
        ("TotalsDiffer", "says total-records: 9, and its files add up to 3"),
    ),
    "a total counts other files": edited(
        set_summary("total-data-files", "2"), ("TotalsDiffer", "says total-data-files: 2")
    ),
    "a total is no number": edited(set_summary("total-records", "many"), ("TotalsDiffer", "total-records")),
    "a sequence number is too low": edited(
        lambda document: document.update({"last-sequence-number": 2}),
        ("WrongSequence", "is 3, and can be 2 at most"),
    ),
    "a file has the field ids of another table": foreign_ids,
    "a file's field ids are exchanged": exchanged_ids,
    "a file has no field ids": no_ids,
    "a file is there twice": lambda p: [("FileTwice", do.again(p).name)],
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damages_are_found(platform: Platform, name: str) -> None:
    assert [] == do.ill(platform)
    expected = DAMAGES[name](platform)
    found = do.ill(platform)
    found.sort(key=lambda fault: fault.message)
    assert [kind for kind, _ in expected] == do.kinds(found), found
    for (_, words), fault in zip(expected, found, strict=True):
        assert words in fault.message
        assert TABLE == fault.table
    assert do.kinds(found) == do.kinds(do.ill(platform, "bronze"))
