"""How often a load asks the catalog for tables and parses their metadata, and that a table's file is still read when it is asked for."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

import pytest
from pyiceberg.catalog.sql import SqlCatalog
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
