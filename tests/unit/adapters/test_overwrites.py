"""Snapshots that remove files: whatever was removed and added before, the table has the files that it should have, in few manifests."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import ValidationException
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestFile
from pyiceberg.table import Table
from pyiceberg.typedef import Record

from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.files.live_files import live_files, scan_tasks
from floe_ingestion_dlt.adapters.iceberg.files.manifests import ManifestEntries, manifests_of
from floe_ingestion_dlt.adapters.iceberg.internals import DraftTransaction, change_of
from floe_ingestion_dlt.adapters.iceberg.snapshot_internals import Overwrite, ReplaceAll

# For each snapshot, how many files it adds, and which of those that are there it removes, by their places.
STEPS: Final = st.lists(
    st.tuples(st.integers(0, 3), st.sets(st.integers(0, 5), max_size=4)).filter(any), min_size=1, max_size=10
)
ROWS: Final = 10


def table_in(folder: Path, least: int = 100) -> Table:
    catalog = SqlCatalog("c", uri=f"sqlite:///{folder}/catalog.db", warehouse=folder.as_uri())
    catalog.create_namespace("bronze")
    properties = {"commit.manifest-merge.enabled": "true", "commit.manifest.min-count-to-merge": str(least)}
    return catalog.create_table("bronze.t", pa.schema([("id", pa.int64())]), properties=properties)


def file(name: str) -> DataFile:
    made = DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=f"file:///{name}.parquet",
        file_format=FileFormat.PARQUET,
        partition=Record(),
        record_count=ROWS,
        file_size_in_bytes=100,
        column_sizes={},
        value_counts={},
        null_value_counts={},
        nan_value_counts={},
        lower_bounds={},
        upper_bounds={},
        key_metadata=None,
        split_offsets=None,
        equality_ids=None,
        sort_order_id=None,
    )
    made.spec_id = 0
    return made


def changed(
    table: Table,
    removed: list[DataFile],
    added: list[DataFile],
    entries: ManifestEntries,
    how: type[Overwrite] = Overwrite,
) -> Table:
    """The table after a snapshot that removes and adds files."""
    transaction = DraftTransaction(table)
    with how(transaction, table.io, {}, entries) as producer:
        for each in removed:
            producer.delete_data_file(each)
        for each in added:
            producer.append_data_file(each)
    kind_of(table.catalog).commit(change_of(transaction))
    return table.catalog.load_table(table.name())


def counts(manifest: ManifestFile) -> int:
    return (manifest.added_files_count or 0) + (manifest.existing_files_count or 0)


@given(STEPS, st.integers(2, 6), st.sampled_from([0, 2 << 20]))
def test_a_table_has_the_files_that_were_added_and_not_removed(
    steps: list[tuple[int, set[int]]], least: int, kept_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table, entries = table_in(Path(folder), least), ManifestEntries(kept_bytes)
        expected: dict[str, int] = {}
        for number, (adds, places) in enumerate(steps, start=1):
            present = {each.file_path: each for each in live_files(table, entries)}
            removed = [path for place, path in enumerate(sorted(present)) if place in places]
            added = [file(f"{number}-{each}") for each in range(adds)]
            if not removed and not added:
                continue
            table = changed(table, [present[path] for path in removed], added, entries)
            snapshot = table.metadata.current_snapshot()
            assert snapshot is not None
            assert snapshot.sequence_number is not None
            expected = {path: at for path, at in expected.items() if path not in removed}
            expected |= {each.file_path: snapshot.sequence_number for each in added}
            assert sorted(expected) == sorted(task.file.file_path for task in scan_tasks(table, entries))
            assert sorted(expected) == sorted(task.file.file_path for task in table.scan().plan_files())
            found = [each for part in manifests_of(table) for each in part.fetch_manifest_entry(table.io)]
            assert expected == {each.data_file.file_path: each.sequence_number for each in found}
            assert snapshot.summary is not None
            assert str(len(expected) * ROWS) == snapshot.summary["total-records"]
            empty = [each for each in manifests_of(table) if not counts(each)]
            # Only the files that this snapshot deleted may be in a manifest without others.
            assert all(each.added_snapshot_id == snapshot.snapshot_id for each in empty)
            assert len(manifests_of(table)) <= least


def test_a_file_that_is_not_there_cannot_be_removed(tmp_path: Path) -> None:
    table, entries = table_in(tmp_path), ManifestEntries()
    table = changed(table, [], [file("a")], entries)
    with pytest.raises(ValidationException, match=r"b\.parquet"):
        changed(table, [file("b")], [file("c")], entries)
    assert ["file:///a.parquet"] == [each.file_path for each in live_files(table, entries)]


@pytest.mark.parametrize("name", ["commit.manifest.min-count-to-merge", "commit.manifest.target-size-bytes"])
def test_a_property_that_is_no_number_has_no_effect(tmp_path: Path, name: str) -> None:
    table, entries = table_in(tmp_path), ManifestEntries()
    with table.transaction() as change:
        change.set_properties({name: "8 MB"})
    for number in range(3):
        table = changed(table, [], [file(f"{number}")], entries)
    table = changed(table, list(live_files(table, entries))[:1], [file("d")], entries)
    assert 3 == len(live_files(table, entries))


def test_replacing_all_files_leaves_only_the_new_ones(tmp_path: Path) -> None:
    table, entries = table_in(tmp_path), ManifestEntries()
    for name in "abc":
        table = changed(table, [], [file(name)], entries)
    table = changed(table, list(live_files(table, entries)), [file("d")], entries, ReplaceAll)
    assert ["file:///d.parquet"] == [each.file_path for each in live_files(table, entries)]
    snapshot = table.metadata.current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    assert ("3", "1") == (snapshot.summary["deleted-data-files"], snapshot.summary["total-data-files"])


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The manifests that are read."""
    fetch, read = ManifestFile.fetch_manifest_entry, list[str]()

    def noted(manifest: ManifestFile, *args: object, **options: object) -> object:
        read.append(manifest.manifest_path)
        return fetch(manifest, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ManifestFile, "fetch_manifest_entry", noted)
    return read


def test_manifests_are_read_once_while_they_are_kept(tmp_path: Path, read: list[str]) -> None:
    table = table_in(tmp_path)
    for name in "abc":
        table = changed(table, [], [file(name)], ManifestEntries())
    size = max(each.manifest_length for each in manifests_of(table))
    # Of three manifests, two are kept at most; which of them is a matter of threads.
    for most_bytes, expected in ((1 << 20, {3}), (0, {6}), (2 * size, {4, 5, 6})):
        read.clear()
        entries = ManifestEntries(most_bytes)
        for _ in range(2):
            assert 3 == len(live_files(table, entries))
        assert len(read) in expected


def test_a_manifest_that_is_too_large_to_be_kept_leaves_the_others(tmp_path: Path, read: list[str]) -> None:
    table = table_in(tmp_path)
    for name in "abc":
        table = changed(table, [], [file(name)], ManifestEntries())
    small = {each.manifest_path: each.manifest_length for each in manifests_of(table)}
    table = changed(table, [], [file(f"d{number}") for number in range(500)], ManifestEntries())
    (large,) = (each for each in manifests_of(table) if each.manifest_path not in small)
    assert large.manifest_length > sum(small.values())
    entries = ManifestEntries(sum(small.values()))
    read.clear()
    for _ in range(2):
        assert 503 == len(live_files(table, entries))
    assert sorted([*small, large.manifest_path, large.manifest_path]) == sorted(read)
