"""Catalogs that are no REST catalogs: their tables choose no code, and lie where they may."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyarrow import fs
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.io.pyarrow import PyArrowFileIO

from floe_ingestion_dlt.adapters.iceberg.catalog import open_catalog
from floe_ingestion_dlt.adapters.iceberg.catalog_answers import GuardedFileIO
from floe_ingestion_dlt.adapters.iceberg.catalog_errors import (
    AnswerRefusedError,
    CatalogUnusableError,
    RedirectRefusedError,
    commit_fault_of,
    fault_of,
)
from floe_ingestion_dlt.adapters.iceberg.catalog_kinds import kind_of
from floe_ingestion_dlt.adapters.iceberg.files.file_systems import file_system
from floe_ingestion_dlt.adapters.iceberg.internals import file_io
from floe_ingestion_dlt.domain.faults import Category, CommitRefused, CommitUnknown
from floe_ingestion_dlt.domain.table_places import parse_allowed
from tests.catalogs import sqlite_catalog


def service(**properties: str) -> Catalog:
    """A catalog as Glue or Hive is one: asked over a network."""
    catalog = NoopCatalog("floe", **properties)
    kind_of(catalog).prepare()
    return catalog


@pytest.mark.parametrize("place", ["file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:1/x", "s3:///x"])
def test_a_service_names_no_file_of_this_machine(place: str) -> None:
    with pytest.raises(AnswerRefusedError, match="which is not used"):
        file_io(service(warehouse="s3://lake"), place)


def test_a_service_names_any_bucket_unless_the_configuration_says_which() -> None:
    assert isinstance(file_io(service(warehouse="s3://lake"), "s3://another/x"), GuardedFileIO)
    for name in ("allowed_locations", "allowed-locations"):
        limited = service(warehouse="s3://lake", **{name: "s3://lake/a, s3://lake/b"})
        assert isinstance(file_io(limited, "s3://lake/b/x"), GuardedFileIO)
        with pytest.raises(AnswerRefusedError, match="must be below s3://lake/a or s3://lake/b"):
            file_io(limited, "s3://another/x")


def test_what_is_no_place_is_no_configuration() -> None:
    with pytest.raises(CatalogUnusableError, match="allowed_locations"):
        service(allowed_locations="lake")


def test_a_database_may_be_told_where_its_tables_lie(tmp_path: Path) -> None:
    inside = (tmp_path / "warehouse").as_uri()
    catalog = open_catalog(sqlite_catalog(tmp_path) | {"allowed_locations": inside})
    assert isinstance(file_io(catalog, f"{inside}/t"), GuardedFileIO)
    with pytest.raises(AnswerRefusedError):
        file_io(catalog, tmp_path.as_uri())
    assert isinstance(file_io(open_catalog(sqlite_catalog(tmp_path)), tmp_path.as_uri()), PyArrowFileIO)


def test_files_are_opened_listed_and_deleted_inside_alone(tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    guarded = GuardedFileIO(PyArrowFileIO(), parse_allowed([f"{tmp_path}/lake"], "places").unwrap())
    inside, outside = f"{tmp_path}/lake/a", f"{tmp_path}/a"
    for path in (inside, outside):
        Path(path).write_text("x")
    with guarded.new_output(inside).create(overwrite=True) as stream:
        stream.write(b"y")
    assert b"y" == guarded.new_input(inside).open().read()
    assert isinstance(file_system(guarded, f"{tmp_path}/lake"), fs.FileSystem)
    elsewhere = PyArrowFileIO().new_input(outside)
    for act in (
        lambda: guarded.new_input(outside),
        lambda: guarded.new_output(outside),
        lambda: guarded.delete(outside),
        lambda: guarded.delete(elsewhere),
        lambda: file_system(guarded, str(tmp_path)),
    ):
        with pytest.raises(AnswerRefusedError):
            act()
    assert Path(outside).exists()
    guarded.delete(guarded.new_input(inside))
    assert not Path(inside).exists()


def test_a_commit_that_is_sent_on_to_another_server_is_open_and_one_that_is_not_sent_is_refused() -> None:
    redirected, refused = RedirectRefusedError("elsewhere", "Set uri."), AnswerRefusedError("no", "Set it.")
    assert isinstance(commit_fault_of(redirected, "bronze.orders", "1"), CommitUnknown)
    assert isinstance(commit_fault_of(refused, "bronze.orders", "1"), CommitRefused)
    for error in (redirected, refused):
        assert (Category.CONFIGURATION, error.next_step) == (
            fault_of(error).category,
            fault_of(error).next_step,
        )
