"""What a check reports beside damaged files: nested rows, orphans, storages that do not answer, and wrong names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pyiceberg.io.pyarrow import PyArrowFile

from floe_ingestion_dlt.adapters.iceberg.upkeep.verifying_storage import MOST_FAILURES
from floe_ingestion_dlt.domain.verification.load_findings import NestedWithoutRoot
from floe_ingestion_dlt.errors import DestinationWriteError, PipelineConfigurationError
from tests.embedded import damages as do
from tests.platforms import TABLE, Platform
from tests.published import published_operations

SHOP = "bronze.shop"


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """Three loads by a cursor of one row each, in files that are equally long."""
    for day in (1, 2, 3):
        platform.csv(f"{day}.csv", f"id,day\n{day},2024-01-0{day}T00:00:00Z\n")
        assert platform.load(cursor="id").success
    return platform


class TestNestedRows:
    @pytest.fixture
    def platform(self, platform: Platform) -> Platform:
        rows = [{"id": n, "lines": [{"sku": "a", "parts": [{"part": n}]}, {"sku": "b"}]} for n in (1, 2)]
        assert platform.load(
            rows, table=SHOP, write_mode="merge", source_config={"primary_key": "id"}
        ).success
        assert [] == do.ill(platform, SHOP)
        return platform

    def test_without_a_root_row_are_found_in_each_table(self, platform: Platform) -> None:
        platform.catalog.load_table(SHOP).delete("id == 2")
        found = do.ill(platform, SHOP)
        assert ["NestedWithoutRoot"] * 3 == do.kinds(found)
        assert {
            (f"{SHOP}__lines", "_dlt_root_id", SHOP, 2),
            (f"{SHOP}__lines", "_dlt_parent_id", SHOP, 2),
            (f"{SHOP}__lines__parts", "_dlt_root_id", SHOP, 1),
        } == {(f.table, f.column, f.root, f.rows) for f in found if isinstance(f, NestedWithoutRoot)}

    def test_without_the_row_above_are_found(self, platform: Platform) -> None:
        platform.catalog.load_table(f"{SHOP}__lines").delete("sku == 'a'")
        (found,) = do.ill(platform, f"{SHOP}__lines__parts")
        assert (f"{SHOP}__lines__parts", 2) == (found.table, getattr(found, "rows", 0))
        assert "rows have a _dlt_parent_id that is not in" in found.message

    def test_whose_root_table_is_gone_are_named(self, platform: Platform) -> None:
        platform.catalog.drop_table(SHOP)
        found = do.ill(platform, "bronze")
        assert [(f"{SHOP}__lines", "RootMissing"), (f"{SHOP}__lines__parts", "RootMissing")] == sorted(
            (fault.table, type(fault).__name__) for fault in found
        )

    def test_of_a_load_that_has_not_come_to_its_end_are_that_load(self, platform: Platform) -> None:
        lines = [f"{SHOP}__lines".split("."), f"{SHOP}__lines__parts".split(".")]
        with platform.catalog.load_table(SHOP).transaction() as transaction:
            transaction.set_properties({"floe.pending.open": json.dumps(lines)})
        platform.catalog.load_table(SHOP).delete("id == 2")
        assert ["OpenLoad"] == do.kinds(do.ill(platform, SHOP))

    def test_are_not_asked_for_without_rows(self, platform: Platform) -> None:
        platform.catalog.load_table(SHOP).delete("id == 2")
        assert platform.plugin.verify(SHOP, rows=False).is_sound


def test_files_that_nothing_names_are_counted_and_are_no_fault(platform: Platform) -> None:
    before = platform.plugin.verify(TABLE).orphans
    folder = do.local(do.orders(platform).location())
    (folder / "data" / "floe-dead-1.parquet").write_text("12345")
    (folder / "metadata" / "666c6f65-0000-8000-0000-000000000000-m0.avro").write_text("123")
    (folder / "data" / "of-another-engine.parquet").write_text("not ours")
    report = platform.plugin.verify(TABLE)
    assert report.is_sound
    assert (2, 8) == (report.orphans.files - before.files, report.orphans.bytes - before.bytes)


def test_footers_are_not_read_without_rows(platform: Platform) -> None:
    do.miscount(platform)
    assert platform.plugin.verify(TABLE, rows=False).is_sound


@pytest.mark.parametrize(
    "error", [PermissionError(13, "denied"), TimeoutError("silence"), OSError("AWS Error 503")]
)
def test_what_the_storage_refuses_to_say_is_unchecked_and_not_missing(
    platform: Platform, error: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = do.data_files(platform)[0]
    length = PyArrowFile.__len__

    def refusing(self: PyArrowFile) -> int:
        if self.location == file.as_uri():
            raise error
        return length(self)

    monkeypatch.setattr(PyArrowFile, "__len__", refusing)
    report = platform.plugin.verify(TABLE)
    assert () == report.faults
    assert [file.as_uri()] == [one.place for one in report.unchecked]
    assert not report.is_sound


def test_a_storage_that_is_down_is_not_asked_for_every_file(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    do.edit(platform, lambda document: document.update({"metadata-log": document["metadata-log"] * 20}))
    asked = []

    def down(self: PyArrowFile) -> int:
        asked.append(self.location)
        raise ConnectionError("down")

    monkeypatch.setattr(PyArrowFile, "__len__", down)
    report = platform.plugin.verify(TABLE)
    assert () == report.faults
    assert len(report.unchecked) < len(set(asked)) + MOST_FAILURES
    assert len(asked) < 3 * 2 * MOST_FAILURES


def test_a_table_that_moves_while_it_is_looked_at_is_looked_at_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program expires snapshots and deletes their files between the look at metadata and that at files."""
    length = PyArrowFile.__len__
    moved: list[bool] = []

    def expiring(self: PyArrowFile) -> int:
        if not moved:
            moved.append(True)
            table = do.orders(platform)
            old = [s for s in table.snapshots() if s != table.current_snapshot()]
            table.maintenance.expire_snapshots().by_ids([s.snapshot_id for s in old]).commit()
            for snapshot in old:
                do.local(snapshot.manifest_list).unlink()
        return length(self)

    monkeypatch.setattr(PyArrowFile, "__len__", expiring)
    platform.catalog.load_table(TABLE)
    assert platform.plugin.verify(TABLE).is_sound
    assert moved


def test_nothing_is_written(platform: Platform) -> None:
    def seen() -> dict[Path, tuple[int, int]]:
        files = (file for file in platform.folder.rglob("*") if file.is_file())
        return {file: (file.stat().st_mtime_ns, file.stat().st_size) for file in files}

    before = seen()
    platform.plugin.verify("bronze")
    assert before == seen()


def test_the_check_is_told_to_who_watches(platform: Platform) -> None:
    do.data_files(platform)[0].unlink()
    platform.plugin.verify(TABLE)
    told = published_operations(platform.telemetry)[-1]
    assert "verify" == told.name
    assert {"tables": 1, "faults": 1, "unchecked": 0}.items() <= told.attributes.items()


def test_names_that_are_not_there_are_refused(platform: Platform) -> None:
    for name in ("silver", "bronze.customers", "bronze.orders.x", "bronze.", "a..b"):
        with pytest.raises(PipelineConfigurationError, match=re.escape(f"name: '{name}' cannot be used")):
            platform.plugin.verify(name)
    with pytest.raises(PipelineConfigurationError, match="name is missing"):
        platform.plugin.verify("")


def test_an_empty_namespace_is_well(platform: Platform) -> None:
    platform.catalog.create_namespace("silver")
    assert () == platform.plugin.verify("silver").tables


def test_a_catalog_that_is_down_is_an_error(platform: Platform) -> None:
    platform.settings["uri"] = f"sqlite:///{platform.folder}/data/1.csv/catalog.db"
    with pytest.raises(DestinationWriteError, match=TABLE):
        platform.a_plugin().verify(TABLE)
