"""How often a load asks the catalog for tables, parses their metadata and reads their manifests, and that a table's file is still read when it is asked for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import ManifestFile
from pyiceberg.table import Table
from pyiceberg.table.metadata import TableMetadataUtil

from floe_ingestion_dlt.errors import DestinationWriteError
from tests.platforms import TABLE, Platform


def load(platform: Platform, number: int) -> None:
    (platform.data / f"{number}.csv").write_text(f"id\n{number}\n")
    result = platform.load()
    assert result.success, result.errors


def test_a_load_parses_each_version_of_its_tables_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(platform, 0)
    load(platform, 1)
    parse, parsed = TableMetadataUtil.parse_raw, list[str]()

    def noted(text: str) -> object:
        parsed.append(text)
        return parse(text)

    monkeypatch.setattr(TableMetadataUtil, "parse_raw", noted)
    platform.plugin.shutdown()
    platform.plugin.startup()
    load(platform, 2)
    assert parsed
    assert len(set(parsed)) == len(parsed)


# Of its table: when the pipeline is made, before and after the run, for reading, for writing, and twice for the commit.
# Of dlt's tables: 2 for versions of schemas, 3 for states and 5 for loads.
CALLS = 7 + 10


@pytest.mark.parametrize("files", [1, 20])
def test_an_append_asks_the_catalog_as_often_whatever_it_reads(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    load(platform, 0)
    load(platform, 1)
    load_table, asked = SqlCatalog.load_table, list[str]()

    def noted(catalog: SqlCatalog, identifier: tuple[str, ...]) -> Table:
        asked.append(identifier[-1])
        return load_table(catalog, identifier)

    monkeypatch.setattr(SqlCatalog, "load_table", noted)
    for number in range(2, 1 + files):
        (platform.data / f"{number}.csv").write_text(f"id\n{number}\n")
    load(platform, 1 + files)
    assert len(asked) == CALLS, sorted(asked)


def merge(platform: Platform, number: int) -> None:
    """Change the last row, and add one."""
    (platform.data / "changed.csv").write_text(f"id,v\n{number},{number}\n{number + 1},{number}\n")
    result = platform.load(source_config={"primary_key": "id"}, write_mode="merge")
    assert result.success, result.errors


def test_a_merge_reads_each_manifest_once_and_leaves_no_empty_ones(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, most = 12, 8
    merge(platform, 0)
    with platform.catalog.load_table(TABLE).transaction() as transaction:
        transaction.set_properties({"commit.manifest.min-count-to-merge": str(most)})
    for number in range(1, loads):
        merge(platform, number)
    table = platform.catalog.load_table(TABLE)
    manifests = table.inspect.manifests().to_pylist()
    assert len(manifests) <= most
    live = [each for each in manifests if each["added_data_files_count"] + each["existing_data_files_count"]]
    assert len(manifests) - len(live) <= 1
    fetch, read = ManifestFile.fetch_manifest_entry, list[str]()

    def noted(manifest: ManifestFile, *args: object, **options: object) -> object:
        read.append(manifest.manifest_path)
        return fetch(manifest, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ManifestFile, "fetch_manifest_entry", noted)
    platform.plugin.shutdown()
    platform.plugin = platform.a_plugin()
    merge(platform, loads)
    of_table = [path for path in read if path.startswith(table.location())]
    assert {each["path"] for each in live} <= set(of_table)
    assert len(set(of_table)) == len(of_table)
    found = {row["id"]: row["v"] for row in platform.rows("id", "v")}
    assert {number: min(number, loads) for number in range(loads + 2)} == found


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), (b"{}", "is damaged"), (b"", "is damaged"), (b'{"a": "\xff"}', "is damaged")],
)
def test_a_metadata_file_that_is_gone_or_damaged_is_named(
    platform: Platform, content: bytes | None, said: str
) -> None:
    load(platform, 0)
    file = Path(urlparse(platform.catalog.load_table(TABLE).metadata_location).path)
    good = file.read_bytes()
    file.unlink() if content is None else file.write_bytes(content)
    (platform.data / "1.csv").write_text("id\n1\n")
    with pytest.raises(DestinationWriteError) as refused:
        platform.load()
    assert file.name in str(refused.value)
    assert said in str(refused.value)
    file.write_bytes(good)
    result = platform.load()
    assert result.success, result.errors
    assert [0, 1] == [row["id"] for row in platform.rows("id")]
