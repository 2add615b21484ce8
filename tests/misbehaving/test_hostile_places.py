"""A catalog never moves what is read, written and deleted, and what it says of its storage is reported."""

from __future__ import annotations

import logging
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import load_catalog
from pyiceberg.types import LongType
from returns.result import Success

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from floe_ingestion_dlt.domain.faults import Category
from floe_ingestion_dlt.domain.names import TableName
from tests.misbehaving.hostile_catalog import NO_COLUMN, TABLE, Change, HostileCatalog, refusal

HOUR_AGO = int((time.time() - 3600) * 1000)


class TestPlaces:
    """A catalog names places at which there are files of others."""

    @pytest.fixture
    def victim(self, tmp_path: Path) -> Path:
        """A file that looks like a load's, old enough to be removed if it lay at a table's place."""
        folder = tmp_path / "victim" / "data"
        folder.mkdir(parents=True)
        file = folder / "floe-precious.parquet"
        file.write_text("precious")
        os.utime(file, (1, 1))
        return file

    @pytest.fixture
    def loaded(self, hostile: HostileCatalog) -> HostileCatalog:
        """A table that has a snapshot, an hour old."""
        table = load_catalog("floe", **hostile.properties).load_table("bronze.orders")
        with table.update_schema() as update:
            update.add_column("id", LongType())
        table.refresh().append(pa.table({"id": [1]}))

        def age(told: dict[str, Any]) -> None:
            for snapshot in told["metadata"]["snapshots"]:
                snapshot["timestamp-ms"] = HOUR_AGO

        hostile.of_tables.append(age)
        return hostile

    def moves(self, victim: Path) -> dict[str, Change]:
        there = victim.parent.parent.as_uri()
        return {
            "location": lambda told: told["metadata"].update({"location": there}),
            "metadata-location": lambda told: told.update({"metadata-location": f"{there}/v1.metadata.json"}),
            "write.data.path": lambda told: told["metadata"]["properties"].update(
                {"write.data.path": f"{there}/data"}
            ),
            "write.metadata.path": lambda told: told["metadata"]["properties"].update(
                {"write.metadata.path": str(victim.parent)}
            ),
            "dots": lambda told: told["metadata"].update(
                {"location": f"{told['metadata']['location']}/../../../victim"}
            ),
            "blank": lambda told: told["metadata"].update({"location": f" {there}"}),
            "http": lambda told: told["metadata"].update({"location": "http://127.0.0.1:1/lake"}),
            "another bucket": lambda told: told["metadata"].update({"location": "s3://another/lake"}),
            "manifest list": lambda told: told["metadata"]["snapshots"][-1].update(
                {"manifest-list": victim.as_uri()}
            ),
        }

    @pytest.mark.parametrize(
        "move",
        [
            "location",
            "metadata-location",
            "write.data.path",
            "write.metadata.path",
            "dots",
            "blank",
            "http",
            "another bucket",
            "manifest list",
        ],
    )
    def test_nothing_is_read_written_or_deleted_there(
        self, loaded: HostileCatalog, victim: Path, move: str
    ) -> None:
        before = sorted(victim.parent.parent.rglob("*"))
        loaded.of_tables.append(self.moves(victim)[move])
        destination = IcebergDestination.from_properties(loaded.properties)
        found = destination.leftovers(TABLE, timedelta(hours=1))
        assert "which is not used: " in found.failure().message
        assert Category.CONFIGURATION is found.failure().category
        read = destination.rows(TABLE, {"id": 1})
        assert "which is not used: " in read.failure().message
        assert before == sorted(victim.parent.parent.rglob("*"))

    def test_a_file_of_this_machine_is_believed_of_no_remote_catalog(self, loaded: HostileCatalog) -> None:
        ours = {name: value for name, value in loaded.properties.items() if name != "allowed_locations"}
        loaded.say("overrides", {"allowed_locations": "file:///", "default-base-location": "file:///"})
        fault = IcebergDestination.from_properties(ours).describe(TABLE).failure()
        assert "table bronze.orders: its location is 'file:///" in fault.message
        assert "set catalog_config.allowed_locations" in fault.next_step
        warehouse = ours | {"warehouse": (loaded.folder / "warehouse").as_uri()}
        assert isinstance(IcebergDestination.from_properties(warehouse).describe(TABLE), Success)

    def test_another_table_that_is_elsewhere_says_what_to_set(
        self, loaded: HostileCatalog, victim: Path
    ) -> None:
        destination = IcebergDestination.from_properties(loaded.properties)
        destination.evolve(TableName(("bronze",), "moved"), NO_COLUMN).unwrap()

        def change(told: dict[str, Any]) -> None:
            if told["metadata"]["location"].endswith("moved"):
                told["metadata"]["location"] = victim.parent.as_uri()

        loaded.of_tables.append(change)
        left = loaded.folder / "warehouse" / "bronze" / "orders" / "data" / "floe-left.parquet"
        left.write_text("x")
        os.utime(left, (1, 1))
        found = destination.leftovers(TABLE, timedelta(hours=1)).failure()
        assert (
            "bronze.moved may need them and cannot be read: table bronze.moved: its location" in found.message
        )
        assert "set catalog_config.allowed_locations" in found.next_step

    def test_tables_lie_in_the_bucket_of_the_catalog(self, loaded: HostileCatalog) -> None:
        loaded.say("defaults", {"default-base-location": "s3://lake/polaris"})
        ours = {name: value for name, value in loaded.properties.items() if name != "allowed_locations"}
        places = {
            "s3://lake/elsewhere": True,
            "s3a://lake/x": True,
            "s3://lake2/x": False,
            "gs://lake/x": False,
        }
        for place, is_right in places.items():
            loaded.of_tables.append(moved_to(place))
            answer = IcebergDestination.from_properties(ours).describe(TABLE)
            assert is_right is isinstance(answer, Success), place


def moved_to(place: str) -> Change:
    def change(told: dict[str, Any]) -> None:
        told["metadata"]["location"], told["metadata-location"] = place, f"{place}/metadata/v1.metadata.json"

    return change


class TestStorageHosts:
    """Where the keys to the files are used."""

    def test_ours_stays_and_theirs_is_logged(
        self, hostile: HostileCatalog, caplog: pytest.LogCaptureFixture
    ) -> None:
        hostile.say("config", {"s3.endpoint": "http://theirs:9000", "s3.access-key-id": "vended"})
        ours = hostile.properties | {"s3.endpoint": "http://ours:9000", "s3.access-key-id": "static"}
        with caplog.at_level(logging.WARNING):
            opened = (
                IcebergDestination.from_properties(ours).catalog.load_table("bronze.orders").io.properties
            )
        assert ("http://ours:9000", "vended") == (opened["s3.endpoint"], opened["s3.access-key-id"])
        assert (
            "sets s3.endpoint to 'http://theirs:9000' in its config; the configured one is used"
            in caplog.text
        )

    def test_another_one_than_before_is_logged(
        self, hostile: HostileCatalog, caplog: pytest.LogCaptureFixture
    ) -> None:
        catalog = IcebergDestination.from_properties(hostile.properties).catalog
        for host in ("http://a", "http://a", "http://b"):
            hostile.say("config", {"s3.endpoint": host})
            catalog.load_table("bronze.orders")
        assert ["table bronze.orders: s3.endpoint was 'http://a', and is 'http://b' now"] == caplog.messages

    def test_our_own_keys_at_a_host_of_the_catalogs_choice_are_logged(
        self, hostile: HostileCatalog, caplog: pytest.LogCaptureFixture
    ) -> None:
        hostile.say("config", {"s3.endpoint": "http://theirs"})
        ours = hostile.properties | {"s3.access-key-id": "static"}
        IcebergDestination.from_properties(ours).describe(TABLE).unwrap()
        assert "our s3 keys are used at 'http://theirs'" in caplog.text

    def test_a_token_that_the_catalog_vends_goes_to_the_host_that_it_names(
        self, hostile: HostileCatalog
    ) -> None:
        theirs = {"gcs.oauth2.token": "ya29.a0AfH6SM-x_y.z0123", "gcs.service.host": "http://theirs"}
        hostile.say("config", theirs)
        opened = IcebergDestination.from_properties(hostile.properties).catalog.load_table("bronze.orders").io
        assert theirs == {name: opened.properties[name] for name in theirs}
        assert "our own credentials" in refusal(hostile, **{"gcs.oauth2.token": "ours"}).message
