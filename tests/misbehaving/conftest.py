"""A hostile catalog that has one table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from floe_ingestion_dlt.adapters.iceberg.destination import IcebergDestination
from tests.misbehaving.hostile_catalog import NO_COLUMN, TABLE, HostileCatalog


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[HostileCatalog]:
    server = HostileCatalog(tmp_path)
    IcebergDestination.from_properties(server.properties).evolve(TABLE, NO_COLUMN).unwrap()
    yield server
    server.stop()
